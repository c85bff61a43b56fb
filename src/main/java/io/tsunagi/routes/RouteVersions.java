package io.tsunagi.routes;

import io.tsunagi.audit.Audit;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Remembers which route files were taken, refused or rolled back: the last of each file for the next start, the ones
 * before for a rollback, all of it in the audit. The nodes that share a database share this.
 */
final class RouteVersions {
    /** Versions kept of each file. */
    private static final int KEPT = 20;

    private static final String TAKEN = "TAKEN";
    private static final String ROLLED_BACK = "ROLLED_BACK";
    private static final String GONE = "GONE";

    /**
     * One file as it was taken.
     *
     * @param instead hash of the file that a rollback put aside, or {@code null}
     * @param product the built-in files it was tried with
     */
    record Version(long seq, RouteFile file, String instead, String product, Instant at) {}

    private final Store store;
    private final Audit audit;
    private final Clock clock;

    RouteVersions(Store store, Audit audit, Clock clock) {
        this.store = store;
        this.audit = audit;
        this.clock = clock;
    }

    /** Gives the last version of each file that did not go. */
    Map<String, Version> latest() {
        Map<String, Version> latest = new TreeMap<>();
        store.jdbc()
                .sql("""
                        select seq, file, body, act, instead, product, at from route_versions v
                        where seq = (select max(seq) from route_versions w where w.file = v.file)
                        """)
                .query((row, i) -> {
                    if (!row.getString("act").equals(GONE)) {
                        latest.put(row.getString("file"), version(row));
                    }
                    return 0;
                })
                .list();
        return latest;
    }

    /** Gives a file's versions, the newest first; where the file went there is one without text. */
    List<Version> of(String file) {
        return store.jdbc().sql("""
                        select seq, file, body, act, instead, product, at from route_versions
                        where file = ? order by seq desc
                        """).param(file).query((row, i) -> version(row)).list();
    }

    /** Gives the number of the last row of all, to notice what another node wrote. */
    long last() {
        return store.jdbc()
                .sql("select coalesce(max(seq), 0) from route_versions")
                .query(Long.class)
                .single();
    }

    private static Version version(ResultSet row) throws SQLException {
        byte[] body = row.getBytes("body");
        return new Version(
                row.getLong("seq"),
                new RouteFile(row.getString("file"), body == null ? "" : new String(body, StandardCharsets.UTF_8)),
                row.getString("instead"),
                row.getString("product"),
                Store.instant(row.getTimestamp("at")));
    }

    /**
     * Notes files that take the place of others, with their audit rows, in one transaction.
     *
     * @param taken by name; empty when the file went
     * @param before hashes of what they replace, by name
     */
    void take(Map<String, Optional<RouteFile>> taken, Map<String, String> before, String product) {
        store.inTransaction(() -> {
            taken.forEach((name, file) -> {
                if (file.isPresent()) {
                    add(file.get(), TAKEN, null, product);
                } else {
                    add(new RouteFile(name, ""), GONE, null, product);
                }
                note(name, Audit.OK, before.get(name), file.map(RouteFile::hash).orElse(null), Map.of());
            });
            return null;
        });
    }

    /** Notes that an earlier version takes the place of what stands in the folder. */
    void rollBack(RouteFile to, String instead, String product) {
        store.inTransaction(() -> {
            add(to, ROLLED_BACK, instead, product);
            note(to.name(), Audit.OK, instead, to.hash(), Map.of("rolled-back", "true"));
            return null;
        });
    }

    /** Notes in the audit that a file is not used. */
    void refuse(String name, String before, String hash, RouteFault fault) {
        store.inTransaction(() -> {
            note(
                    name,
                    Audit.REFUSED,
                    before,
                    hash,
                    Map.of("rule", fault.rule(), "line", fault.file() + ":" + fault.line()));
            return null;
        });
    }

    /** Notes that files which were taken could not be put to work; the ones before count again. */
    void failed(Map<String, Optional<RouteFile>> before, Map<String, String> taken, String product) {
        store.inTransaction(() -> {
            before.forEach((name, file) -> {
                add(file.orElse(new RouteFile(name, "")), file.isPresent() ? TAKEN : GONE, null, product);
                note(
                        name,
                        Audit.FAILED,
                        taken.get(name),
                        file.map(RouteFile::hash).orElse(null),
                        Map.of());
            });
            return null;
        });
    }

    private void add(RouteFile file, String act, String instead, String product) {
        store.jdbc()
                .sql("""
                        insert into route_versions (id, file, hash, body, act, instead, product, at)
                        values (:id, :file, :hash, :body, :act, :instead, :product, :at)
                        """)
                .param("id", UUID.randomUUID())
                .param("file", file.name())
                .param("hash", act.equals(GONE) ? "" : file.hash())
                .param("body", act.equals(GONE) ? null : file.text().getBytes(StandardCharsets.UTF_8))
                .param("act", act)
                .param("instead", instead)
                .param("product", product)
                .param("at", Store.at(clock.instant()))
                .update();
        store.jdbc().sql("""
                        delete from route_versions where file = :file and seq < (
                          select min(seq) from (select seq from route_versions where file = :file order by seq desc limit %d) kept)
                        """.formatted(KEPT)).param("file", file.name()).update();
    }

    private void note(String name, String outcome, String before, String after, Map<String, String> more) {
        Map<String, String> detail = new HashMap<>(more);
        if (before != null) {
            detail.put("old", before);
        }
        if (after != null) {
            detail.put("new", after);
        }
        String object = "route-file/" + name;
        audit.write(
                Audit.HUB,
                "change-routes",
                object.length() > 120 ? object.substring(0, 120) : object,
                outcome,
                null,
                detail);
    }
}
