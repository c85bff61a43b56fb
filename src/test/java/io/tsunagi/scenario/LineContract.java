package io.tsunagi.scenario;

import com.atlassian.oai.validator.OpenApiInteractionValidator;
import com.atlassian.oai.validator.model.Request;
import com.atlassian.oai.validator.model.SimpleRequest;
import com.atlassian.oai.validator.report.LevelResolverFactory;
import com.atlassian.oai.validator.report.ValidationReport;
import com.fasterxml.jackson.databind.JsonNode;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * Holds calls to LINE, as the simulator logged them, to LINE's own OpenAPI document. Token calls are left out: their bodies
 * are secret and not logged.
 *
 * @see <a href="https://github.com/line/line-openapi">line-openapi</a>
 */
final class LineContract {
    private static final OpenApiInteractionValidator LINE = validator("messaging-api.yml");
    private static final OpenApiInteractionValidator MODULE = validator("module.yml");

    private LineContract() {}

    private static OpenApiInteractionValidator validator(String name) {
        ParseOptions options = new ParseOptions();
        options.setResolve(true);
        OpenAPI document = new OpenAPIV3Parser()
                .readContents(text("/line-openapi/" + name), List.of(), options)
                .getOpenAPI();
        // The document tells these apart by their type and does not say that they must have one.
        for (String typed : List.of("Action", "Recipient", "DemographicFilter")) {
            Schema<?> schema = document.getComponents().getSchemas().get(typed);
            if (schema != null) {
                schema.addRequiredItem("type");
            }
        }
        return OpenApiInteractionValidator.createFor(document)
                .withLevelResolver(LevelResolverFactory.withAdditionalPropertiesIgnored())
                .build();
    }

    private static String text(String resource) {
        try (InputStream in = LineContract.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Says what is wrong with a call; empty when LINE's document allows it. */
    static List<String> complaints(JsonNode call) {
        String path = call.path("path").asText();
        if (path.startsWith("/oauth2/")) {
            return List.of();
        }
        Request.Method method = Request.Method.valueOf(call.path("method").asText());
        SimpleRequest.Builder request = new SimpleRequest.Builder(method, path);
        call.path("headers")
                .properties()
                .forEach(header ->
                        request.withHeader(header.getKey(), header.getValue().asText()));
        if (call.has("body")) {
            request.withBody(call.path("body").toString());
        }
        return (path.contains("/control/") ? MODULE : LINE)
                .validateRequest(request.build()).getMessages().stream()
                        .filter(message -> message.getLevel() == ValidationReport.Level.ERROR)
                        .map(message -> method + " " + path + ": " + message.getKey() + " " + message.getMessage())
                        .toList();
    }

    /** Fails with every complaint about any of the calls. */
    static void check(Stream<? extends JsonNode> calls) {
        List<String> all = calls.flatMap(call -> complaints(call).stream())
                .distinct()
                .limit(20)
                .toList();
        if (!all.isEmpty()) {
            throw new AssertionError("LINE's OpenAPI document does not allow:\n" + String.join("\n", all));
        }
    }
}
