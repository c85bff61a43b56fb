package io.tsunagi.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.tsunagi.access.Permissions;
import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.store.Store;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the API's answers, good and bad, in one form. Every failure carries an id that stands in the log too.
 *
 * <p>What was refused because somebody else has the inquiry is audited before it is answered, in a transaction of its own:
 * that of the act was rolled back.
 */
public final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private final Store store;
    private final Audit audit;
    private final ObjectMapper json = new ObjectMapper()
            .registerModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);

    public Answers(Store store, Audit audit) {
        this.store = store;
        this.audit = audit;
    }

    /** Turns the body, an {@link Answer} or a plain record, into the response. */
    public void write(Exchange exchange) throws JsonProcessingException {
        Object body = exchange.getMessage().getBody();
        if (body instanceof Answer answer) {
            write(exchange, answer.status(), answer.content());
        } else {
            write(exchange, body == null ? 204 : 200, body);
        }
    }

    public void wrongState(Exchange exchange) throws JsonProcessingException {
        WrongStateException e = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, WrongStateException.class);
        int status = e.code().equals("not-found") ? 404 : 409;
        auditOthers(exchange, status, e.code());
        write(exchange, status, error(exchange, e.code(), e.getMessage()));
    }

    public void badRequest(Exchange exchange) throws JsonProcessingException {
        BadRequestException e = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, BadRequestException.class);
        auditOthers(exchange, e.status(), e.code());
        write(exchange, e.status(), error(exchange, e.code(), e.getMessage()));
    }

    /** The rule is audited as the gate does; its 403 has a row already. */
    private void auditOthers(Exchange exchange, int status, String code) {
        if (status != 409 || !code.equals(WrongStateException.NOT_OWNER)) {
            return;
        }
        Message call = exchange.getMessage();
        String method = call.getHeader(Exchange.HTTP_METHOD, "", String.class);
        String path = call.getHeader(Exchange.HTTP_PATH, "", String.class);
        String rule = Permissions.rule(method, path)
                .map(found -> found.method() + " " + found.path())
                .orElse("no rule");
        String of = rule.contains("/api/media/") ? "media/" : "inquiry/";
        Runnable row = () -> audit.write(
                call.getHeader("tsunagi-operator", String.class),
                "call",
                of + call.getHeader("id", String.class),
                Audit.REFUSED,
                call.getHeader("tsunagi-origin", String.class),
                Map.of("rule", rule, "code", code));
        try {
            store.inTransaction(row);
        } catch (RuntimeException e) {
            // What was asked for is refused already: the answer stays what it is.
            LOG.error("A refused call is not in the audit: {} {}", rule, of + call.getHeader("id"), e);
        }
    }

    public void failed(Exchange exchange) throws JsonProcessingException {
        write(exchange, 500, error(exchange, "internal", "Something failed on the server; nothing was changed."));
    }

    static Map<String, Object> error(String id, String code, String message) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code);
        error.put("message", message);
        error.put("id", id);
        return error;
    }

    private static Map<String, Object> error(Exchange exchange, String code, String message) {
        return Map.of("error", error(exchange.getExchangeId(), code, message));
    }

    private void write(Exchange exchange, int status, Object content) throws JsonProcessingException {
        Message message = exchange.getMessage();
        message.removeHeaders("*");
        message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        if (content == null) {
            message.setBody(null);
        } else {
            message.setHeader(Exchange.CONTENT_TYPE, "application/json; charset=utf-8");
            message.setBody(json.writeValueAsString(content));
        }
    }
}
