package io.tsunagi.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;

/**
 * An audit row as it leaves the hub: one line of JSON, in ASCII.
 *
 * @param position in the chain, null when it is not in the chain yet
 */
record AuditLine(long seq, AuditRow row, Long position, byte[] mac) {
    /** The columns {@link #read} wants, of {@code audit a} and {@code audit_seals s}. */
    static final String COLUMNS =
            "a.seq, a.id, a.at, a.actor, a.act, a.object, a.outcome, a.origin, a.detail, a.mac, s.position";

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private static final ObjectReader STRICT = JSON.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    static AuditLine read(ResultSet row) throws SQLException {
        return new AuditLine(
                row.getLong("seq"), AuditRow.read(row), (Long) row.getObject("position"), row.getBytes("mac"));
    }

    /** A detail that is no JSON, which nobody but somebody with the database in their hands writes, stands there as a text. */
    String json() {
        try {
            ObjectNode json = JSON.createObjectNode()
                    .put("id", row.id().toString())
                    .put("at", row.at().toString())
                    .put("actor", row.actor())
                    .put("act", row.act())
                    .put("object", row.object())
                    .put("outcome", row.outcome())
                    .put("origin", row.origin());
            json.set("detail", row.detail() == null ? null : detail(row.detail()));
            json.put("position", position).put("mac", HexFormat.of().formatHex(mac));
            return JSON.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The audit row " + row.id() + " is no JSON", e);
        }
    }

    private static JsonNode detail(String detail) {
        try {
            return STRICT.readTree(detail);
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(detail);
        }
    }
}
