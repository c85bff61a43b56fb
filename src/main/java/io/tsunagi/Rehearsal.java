package io.tsunagi;

import io.tsunagi.config.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Starts a hub on a throw-away database, has it take one webhook, and stops it, so that Java can keep what a start needs of
 * its classes ({@code -XX:ArchiveClassesAtExit}). Reads no configuration, calls nobody and leaves nothing behind; its ports
 * are any free ones of loopback.
 */
final class Rehearsal {
    private static final String ACCOUNT = "rehearsal";

    private Rehearsal() {}

    /** @throws IllegalStateException when the webhook was not taken */
    static void run() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("tsunagi-rehearsal");
        String secret = UUID.randomUUID().toString();
        try (Hub hub = Hub.start(Settings.of("", settings(folder, secret)), folder)) {
            // Not met on H2, and wanted by every start on PostgreSQL.
            Class.forName("org.postgresql.Driver");
            int status = webhook(hub.port(), secret);
            if (status != 200) {
                throw new IllegalStateException("The rehearsal's webhook was answered " + status);
            }
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        } finally {
            delete(folder);
        }
    }

    private static Map<String, String> settings(Path folder, String secret) {
        String account = "hub.line.account." + ACCOUNT + ".";
        Map<String, String> settings = new HashMap<>();
        settings.put("hub.http.host", "127.0.0.1");
        settings.put("hub.http.port", "0");
        settings.put("hub.http.public-url", "http://localhost");
        settings.put("hub.management.port", "0");
        settings.put(
                "hub.store.url",
                "jdbc:h2:async:" + folder.resolve("hub")
                        + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH");
        settings.put("hub.store.key-dir", folder.resolve("keys").toString());
        settings.put("hub.media.key-dir", folder.resolve("keys/media").toString());
        settings.put("hub.audit.head-file", folder.resolve("audit-head").toString());
        // Nobody listens there.
        settings.put("hub.line.api", "http://127.0.0.1:1");
        settings.put("hub.line.data-api", "http://127.0.0.1:1");
        settings.put("hub.line.accounts", ACCOUNT);
        settings.put(account + "secret", secret);
        settings.put(account + "token", secret);
        settings.put(account + "display-name", ACCOUNT);
        settings.put("hub.access.first-admin-password", "rehearsal-1-" + secret);
        return settings;
    }

    private static int webhook(int port, String secret) throws IOException, InterruptedException {
        byte[] body = "{\"destination\":\"U00000000000000000000000000000000\",\"events\":[]}"
                .getBytes(StandardCharsets.UTF_8);
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/line/" + ACCOUNT))
                .header("content-type", "application/json")
                .header("x-line-signature", signature(secret, body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static String signature(String secret, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no HmacSHA256", e);
        }
    }

    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path emptied, IOException failure) throws IOException {
                Files.delete(emptied);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
