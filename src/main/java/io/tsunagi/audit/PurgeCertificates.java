package io.tsunagi.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.KeyFile;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Signs what each run of the purge removed (Ed25519, RFC 8032), so that it can be shown and verified later, by others too:
 * who has the public key needs nothing of the hub. Each certificate holds the hash of the one before, so that none can be
 * left out unseen.
 *
 * <p>The key is a file beside the keys of words and the same for all nodes. Safe for many threads and nodes.
 */
public final class PurgeCertificates {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ALGORITHM = "Ed25519";
    private static final String KEY = "certificate-key";

    /**
     * A certificate as it is handed out.
     *
     * @param text JSON in one line; the signature is over exactly these characters in UTF-8
     * @param signature Base64
     */
    public record Certificate(UUID run, long position, Instant closedAt, String text, String signature) {
        /** Gives the file that {@link PurgeCertificates#verify} reads: two lines. */
        public String file() {
            return text + "\n" + signature + "\n";
        }
    }

    /**
     * A rule at the time of a run.
     *
     * @param words what the rule says, such as {@code image of an identity document, closed, PT72H}
     * @param held how many were due and stayed because of a legal hold
     */
    public record Rule(String id, String words, long held) {}

    private record Count(String rule, long purged, byte[] hash) {}

    private final Store store;
    private final Path file;
    private volatile Keys keys;

    private record Keys(PrivateKey privateKey, PublicKey publicKey) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /**
     * @param folder where the key is; the first signature makes one when there is none
     * @throws SettingsException when others can read the key, or it is none
     */
    public PurgeCertificates(Store store, Path folder) {
        this.store = store;
        this.file = folder.resolve(KEY);
        if (Files.exists(file)) {
            keys = read();
        }
    }

    private Keys read() {
        try {
            String[] lines =
                    store.sealing().master().open(file, KeyFile.read(file)).split("\n");
            return new Keys(
                    KeyFactory.getInstance(ALGORITHM)
                            .generatePrivate(
                                    new PKCS8EncodedKeySpec(Base64.getDecoder().decode(lines[0]))),
                    key(lines[1]));
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw unusable(file, e);
        }
    }

    private static SettingsException unusable(Path file, Exception e) {
        return e instanceof SettingsException clear
                ? clear
                : new SettingsException("The key " + file + " cannot be used: " + e
                        + ". Put the right file back, or remove it: then later certificates have another key.");
    }

    /** Closes the key by the master key when it stands in the clear from before there was one; says whether it did. */
    public boolean closeFile() {
        try {
            return store.sealing().master().closeFile(file);
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    /** Gives the keys, which this makes unless another node was faster. */
    private Keys forSigning() {
        if (keys == null) {
            try {
                KeyPair fresh = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
                KeyFile.writeOnce(
                        file,
                        store.sealing()
                                .master()
                                .close(
                                        file,
                                        base64(fresh.getPrivate().getEncoded()) + "\n"
                                                + base64(fresh.getPublic().getEncoded()) + "\n"));
            } catch (IOException | GeneralSecurityException e) {
                throw unusable(file, e);
            }
            keys = read();
        }
        return keys;
    }

    /**
     * Gives the key that verifies the certificates, in Base64 (X.509).
     *
     * @throws SettingsException when there is none yet
     */
    public String publicKey() {
        if (keys == null && Files.exists(file)) {
            // Another node has made it.
            keys = read();
        }
        if (keys == null) {
            throw new SettingsException(
                    "The key " + file
                            + " is not there: nothing was signed yet, or the file is lost. If certificates are kept, restore it.");
        }
        return base64(keys.publicKey().getEncoded());
    }

    /** Says whether anything was removed since the last certificate. */
    public boolean due() {
        return store.jdbc()
                        .sql("select count(*) from purge_counts c join purge_current p on p.run = c.run")
                        .query(Long.class)
                        .single()
                > 0;
    }

    /** Ends the run and signs it, in the running transaction if there is one; empty when it removed nothing. */
    public Optional<Certificate> sign(List<Rule> rules) {
        return store.inTransaction(() -> {
            UUID run = PurgeLog.current(store);
            List<Count> counts = store.jdbc()
                    .sql("select rule, purged, hash from purge_counts where run = ? order by rule")
                    .param(run)
                    .query((row, i) -> new Count(row.getString("rule"), row.getLong("purged"), row.getBytes("hash")))
                    .list();
            if (counts.isEmpty()) {
                return Optional.<Certificate>empty();
            }
            Optional<Certificate> before = newest(1).stream().findFirst();
            Instant openedAt = store.jdbc()
                    .sql("select opened_at from purge_current where id = 1")
                    .query((row, i) -> Store.instant(row.getTimestamp(1)))
                    .single();
            Instant now = store.clock().instant();
            long position = before.map(Certificate::position).orElse(0L) + 1;
            String text = text(run, position, openedAt, now, counts, rules, before);
            Certificate signed = new Certificate(run, position, now, text, signature(text));
            store.jdbc()
                    .sql("insert into purge_runs (run, position, closed_at, certificate, signature)"
                            + " values (?, ?, ?, ?, ?)")
                    .params(run, position, Store.at(now), text, signed.signature())
                    .update();
            store.jdbc()
                    .sql("update purge_current set run = ?, opened_at = ? where id = 1")
                    .params(UUID.randomUUID(), Store.at(now))
                    .update();
            return Optional.of(signed);
        });
    }

    private String text(
            UUID run,
            long position,
            Instant from,
            Instant until,
            List<Count> counts,
            List<Rule> rules,
            Optional<Certificate> before) {
        Map<String, Rule> byId = new TreeMap<>();
        rules.forEach(rule -> byId.put(rule.id(), rule));
        counts.forEach(count -> byId.putIfAbsent(count.rule(), new Rule(count.rule(), "", 0)));
        ObjectNode certificate = JSON.createObjectNode()
                .put("what", "Tsunagi purge certificate")
                .put("position", position)
                .put("run", run.toString())
                .put("from", from.toString())
                .put("until", until.toString())
                .put("before", before.map(b -> sha256(b.text())).orElse(""));
        ArrayNode lines = certificate.putArray("rules");
        byId.forEach((id, rule) -> {
            Optional<Count> count =
                    counts.stream().filter(c -> c.rule().equals(id)).findFirst();
            lines.addObject()
                    .put("rule", id)
                    .put("says", rule.words())
                    .put("purged", count.map(Count::purged).orElse(0L))
                    .put("held", rule.held())
                    .put(
                            "sha256",
                            count.map(c -> HexFormat.of().formatHex(c.hash())).orElse(""));
        });
        try {
            return JSON.writeValueAsString(certificate);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Texts always become JSON", e);
        }
    }

    /** Gives the newest certificates first. */
    public List<Certificate> newest(int most) {
        return store.jdbc()
                .sql(
                        "select run, position, closed_at, certificate, signature from purge_runs order by position desc limit ?")
                .param(most)
                .query((row, i) -> new Certificate(
                        row.getObject("run", UUID.class),
                        row.getLong("position"),
                        Store.instant(row.getTimestamp("closed_at")),
                        row.getString("certificate"),
                        row.getString("signature")))
                .list();
    }

    /** Gives what is wrong with the certificates that are kept, each in a sentence: changed, left out, or not the hub's. */
    public List<String> verifyAll() {
        List<String> wrong = new ArrayList<>();
        String before = "";
        long position = 1;
        for (Certificate certificate : oldestFirst()) {
            if (certificate.position() != position) {
                wrong.add("Certificate " + position + " is missing.");
            } else if (!verify(certificate.file(), publicKey())) {
                wrong.add("Certificate " + position + " is not what the hub signed.");
            } else if (!certificate.text().contains("\"before\":\"" + before + "\"")) {
                wrong.add("Certificate " + position + " does not follow the one before it.");
            }
            before = sha256(certificate.text());
            position = certificate.position() + 1;
        }
        return wrong;
    }

    private List<Certificate> oldestFirst() {
        List<Certificate> all = new ArrayList<>(newest(Integer.MAX_VALUE));
        java.util.Collections.reverse(all);
        return all;
    }

    /**
     * Says whether a file holds a certificate signed with the private part of this key.
     *
     * @param file as {@link Certificate#file} gives it
     * @param publicKey in Base64 (X.509)
     * @throws SettingsException when the key is none
     */
    public static boolean verify(String file, String publicKey) {
        String[] lines = file.split("\r?\n");
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initVerify(key(publicKey));
            signature.update(lines[0].getBytes(StandardCharsets.UTF_8));
            return lines.length == 2 && signature.verify(Base64.getDecoder().decode(lines[1]));
        } catch (IllegalArgumentException | java.security.SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new SettingsException("The public key cannot be used: " + e.getMessage());
        }
    }

    /** Gives a text of one line with its signature, as {@link #verify} reads it: a proof of something else than a purge. */
    public String signed(String text) {
        return text + "\n" + signature(text) + "\n";
    }

    private String signature(String text) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(forSigning().privateKey());
            signature.update(text.getBytes(StandardCharsets.UTF_8));
            return base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK of 15 and newer signs with Ed25519", e);
        }
    }

    private static PublicKey key(String base64) throws GeneralSecurityException {
        return KeyFactory.getInstance(ALGORITHM)
                .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64.strip())));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
