package io.tsunagi.salesforce;

import io.tsunagi.web.Outside;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeTimedOutException;
import org.apache.camel.component.salesforce.api.SalesforceException;
import org.apache.camel.component.salesforce.api.dto.RestError;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Reads Salesforce's refusals: which pass by themselves, which need a person. Bean {@code sfErrors} of the routes.
 *
 * <p>Texts it gives hold no value of a record, for some messages of Salesforce repeat the words that were sent. Codes as
 * in Salesforce's REST API Developer Guide, "Status Codes and Error Responses". Stateless.
 */
public final class SalesforceErrors {
    /** The code of a call whose answer did not come. */
    static final String NO_ANSWER = "NO_ANSWER";

    private static final Set<String> LATER = Set.of("UNABLE_TO_LOCK_ROW");
    private static final Set<String> AWAY = Set.of(
            "REQUEST_LIMIT_EXCEEDED",
            "SERVER_UNAVAILABLE",
            "QUERY_TIMEOUT",
            "API_DISABLED_FOR_ORG",
            "INVALID_SESSION_ID",
            "UNKNOWN_EXCEPTION");

    /** Codes whose message names fields and rules, never the value that was sent. */
    private static final Set<String> TELLING = Set.of(
            "INVALID_FIELD",
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "REQUIRED_FIELD_MISSING",
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "INSUFFICIENT_ACCESS_OR_READONLY",
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "REQUEST_LIMIT_EXCEEDED",
            "UNABLE_TO_LOCK_ROW",
            "NOT_FOUND",
            "INVALID_TYPE");

    /** Throws when the answer's status is an error: with raw payloads the component leaves errors in the body. */
    public void failOnHttpError(Exchange exchange) throws SalesforceException {
        Integer status = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class);
        if (status == null || status < 200 || status > 299) {
            String body = exchange.getMessage().getBody(String.class);
            throw new SalesforceException(restErrors(body), status == null ? 0 : status);
        }
    }

    /**
     * Puts the bodies of a composite answer, by part, in the place of the answer. Of a collection each piece is told what
     * became of its record.
     *
     * @throws SalesforceException with the error of the part that failed first, unless that part may fail
     */
    public Map<String, Object> parts(Exchange exchange) throws SalesforceException {
        Map<?, ?> answer = exchange.getMessage().getBody(Map.class);
        if (answer == null || !(answer.get("compositeResponse") instanceof List<?> list)) {
            throw new SalesforceException("The composite answer holds no parts", 0);
        }
        Map<String, Object> bodies = new HashMap<>();
        SalesforceException first = null;
        for (Object entry : list) {
            Map<?, ?> part = (Map<?, ?>) entry;
            String name = String.valueOf(part.get("referenceId"));
            SalesforceRecords.Part asked = SalesforceRecords.part(exchange, name);
            int status = ((Number) part.get("httpStatusCode")).intValue();
            if (status >= 200 && status <= 299) {
                bodies.put(name, part.get("body"));
                if (asked != null && asked.owners() != null) {
                    tell(name, asked, part.get("body"));
                }
                continue;
            }
            List<RestError> errors = restErrors(part.get("body"));
            boolean echo = errors.stream().allMatch(e -> "PROCESSING_HALTED".equals(e.getErrorCode()));
            if (asked != null && asked.mayExist() && exists(errors)) {
                continue;
            }
            if (first == null || !echo && onlyEchoes(first)) {
                first = new SalesforceException(errors, status);
            }
        }
        if (first != null) {
            throw first;
        }
        return bodies;
    }

    /** A 200 still holds refused records: each has its own result. */
    private static void tell(String name, SalesforceRecords.Part asked, Object body) throws SalesforceException {
        if (!(body instanceof List<?> results)
                || results.size() != asked.owners().size()) {
            throw new SalesforceException("The answer does not hold one result for each record of " + name, 0);
        }
        for (int i = 0; i < results.size(); i++) {
            Map<?, ?> result = map(results.get(i));
            if (Boolean.TRUE.equals(result.get("success"))) {
                String id = text(result.get("id"));
                asked.owners().get(i).forEach(piece -> piece.became(name, id));
                continue;
            }
            List<RestError> errors = restErrors(result.get("errors"));
            if (!asked.mayExist() || !exists(errors)) {
                Failure failure = judge(new SalesforceException(errors, 400));
                asked.owners().get(i).forEach(piece -> piece.fail(failure));
            }
        }
    }

    private static boolean exists(List<RestError> errors) {
        return errors.stream().anyMatch(e -> "DUPLICATE_VALUE".equals(e.getErrorCode()));
    }

    private static boolean onlyEchoes(SalesforceException e) {
        return e.getErrors().stream().allMatch(error -> "PROCESSING_HALTED".equals(error.getErrorCode()));
    }

    /** Gives what became of each piece. */
    public Written written(List<Piece> pieces) {
        return new Written(pieces.stream()
                .map(piece -> new Written.Result(piece.failure(), null))
                .toList());
    }

    /** Says whether the failure of an exchange passes by itself; for {@code onWhen} in routes. */
    public boolean transientError(Exchange exchange) {
        Throwable failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        return failure != null && judge(failure).fate() != Failure.Fate.FINAL;
    }

    /** Judges a failure by its innermost cause that Salesforce, the network or the database made. */
    Failure judge(Throwable failure) {
        SalesforceException refusal = null;
        HttpOperationFailedException status = null;
        Throwable breakdown = null;
        Throwable innermost = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SalesforceException e) {
                refusal = e;
            }
            if (cause instanceof HttpOperationFailedException e) {
                status = e;
            }
            if (cause instanceof IOException
                    || cause instanceof TimeoutException
                    || cause instanceof ExchangeTimedOutException
                    || cause instanceof InterruptedException) {
                breakdown = cause;
            }
            if (cause instanceof DataAccessException || cause instanceof TransactionException) {
                return new Failure(Failure.Fate.LATER, "DATABASE", "The hub's database failed meanwhile");
            }
            innermost = cause;
        }
        if (refusal != null && !(refusal.getStatusCode() == 0 && breakdown != null)) {
            return judge(refusal);
        }
        if (status != null) {
            return judge(status);
        }
        if (breakdown != null) {
            // What it says is the hub's own sentence, and tells what to set.
            String why = breakdown instanceof Outside.InsideException
                    ? breakdown.getMessage()
                    : breakdown.getClass().getSimpleName();
            return new Failure(Failure.Fate.AWAY, NO_ANSWER, "No answer (" + why + ")");
        }
        return new Failure(Failure.Fate.FINAL, "ROUTE", "The route failed: " + told(innermost));
    }

    private static String told(Throwable e) {
        boolean safe = e instanceof FieldException;
        return e.getClass().getSimpleName() + (safe ? ": " + e.getMessage() : "");
    }

    /** What another system in Salesforce's place answered to {@code http:}; its body may repeat a customer's words. */
    private static Failure judge(HttpOperationFailedException e) {
        String code = "HTTP " + e.getStatusCode();
        boolean passes = e.getStatusCode() >= 500 || Set.of(401, 408, 429).contains(e.getStatusCode());
        return new Failure(passes ? Failure.Fate.AWAY : Failure.Fate.FINAL, code, code);
    }

    private static Failure judge(SalesforceException e) {
        int status = e.getStatusCode();
        List<RestError> errors = e.getErrors() == null ? List.of() : e.getErrors();
        String code = errors.isEmpty() ? "" : String.valueOf(errors.get(0).getErrorCode());
        Failure.Fate fate;
        if (errors.stream().anyMatch(error -> LATER.contains(error.getErrorCode()))) {
            fate = Failure.Fate.LATER;
        } else if (status == 0
                || status == 401
                || status == 429
                || status >= 500
                || errors.stream().anyMatch(error -> AWAY.contains(error.getErrorCode()))
                || code.startsWith("invalid_")) {
            fate = Failure.Fate.AWAY;
        } else {
            fate = Failure.Fate.FINAL;
        }
        String what = code.isEmpty() ? "HTTP " + status : code;
        if (errors.isEmpty()) {
            return new Failure(fate, what, what);
        }
        RestError error = errors.get(0);
        StringBuilder text = new StringBuilder(what);
        if (error.getFields() != null && !error.getFields().isEmpty()) {
            text.append(" (").append(String.join(", ", error.getFields())).append(")");
        }
        if (TELLING.contains(code) && error.getMessage() != null) {
            text.append(": ").append(error.getMessage());
        }
        return new Failure(fate, what, text.length() > 1000 ? text.substring(0, 1000) : text.toString());
    }

    private static List<RestError> restErrors(String body) {
        if (body == null || body.isBlank()) {
            return List.of();
        }
        try {
            return restErrors(Json.read(body.getBytes(StandardCharsets.UTF_8), Object.class));
        } catch (IllegalArgumentException e) {
            // A proxy's page instead of Salesforce's answer: the status alone says what there is to say.
            return List.of();
        }
    }

    private static List<RestError> restErrors(Object body) {
        List<?> entries = body instanceof List<?> list ? list : body == null ? List.of() : List.of(body);
        List<RestError> errors = new ArrayList<>();
        for (Object entry : entries) {
            Map<?, ?> error = map(entry);
            // REST names the code errorCode, a sign-in error, a collection's record statusCode.
            Object code = Stream.of("errorCode", "error", "statusCode")
                    .<Object>map(error::get)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
            List<String> fields = new ArrayList<>();
            if (error.get("fields") instanceof List<?> named) {
                named.forEach(field -> fields.add(String.valueOf(field)));
            }
            errors.add(new RestError(text(code), text(error.get("message")), fields));
        }
        return errors;
    }

    private static Map<?, ?> map(Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static String text(Object value) {
        return value == null ? null : value.toString();
    }
}
