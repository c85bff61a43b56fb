package io.tsunagi.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.tsunagi.inquiry.WrongStateException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** Writes the API's answers, good and bad, in one form. Every failure carries an id that stands in the log too. */
public final class Answers {
    private final ObjectMapper json = new ObjectMapper()
            .registerModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);

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
        write(exchange, status, error(exchange, e.code(), e.getMessage()));
    }

    public void badRequest(Exchange exchange) throws JsonProcessingException {
        BadRequestException e = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, BadRequestException.class);
        write(exchange, e.status(), error(exchange, e.code(), e.getMessage()));
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
