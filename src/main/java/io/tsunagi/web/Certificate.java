package io.tsunagi.web;

import io.tsunagi.config.Finding;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.X509KeyManager;

/**
 * The certificate that the hub shows, with its key, from two PEM files: {@code hub.http.certificate} (the hub's own first,
 * then those that vouch for it) and {@code hub.http.certificate-key} (PKCS #8, or PKCS #1 of RSA, without a password).
 */
final class Certificate {
    private static final String CERTIFICATE = "hub.http.certificate";
    private static final String KEY = "hub.http.certificate-key";
    private static final Duration SOON = Duration.ofDays(21);

    private final byte[] chain;
    private final byte[] key;
    private final X509Certificate shown;

    private Certificate(byte[] chain, byte[] key, X509Certificate shown) {
        this.chain = chain;
        this.key = key;
        this.shown = shown;
    }

    /** Whether the settings name one; a file without its other is an error. */
    static boolean named(Settings settings) {
        boolean certificate = !settings.text(CERTIFICATE).isEmpty();
        boolean key = !settings.text(KEY).isEmpty();
        if (certificate != key) {
            throw new SettingsException("The hub speaks TLS with a certificate and its key: set both " + CERTIFICATE
                    + " and " + KEY + ", or neither.");
        }
        return certificate;
    }

    /**
     * Reads and checks the files.
     *
     * @throws SettingsException in a sentence that names the file when the hub cannot use them
     */
    static Certificate read(Settings settings) {
        byte[] chain = bytes(settings, CERTIFICATE);
        byte[] key = bytes(settings, KEY);
        refuseOpenKey(Path.of(settings.needed(KEY)));
        X509Certificate shown = checked(settings, chain, key);
        return new Certificate(chain, key, shown);
    }

    private static byte[] bytes(Settings settings, String name) {
        Path file = Path.of(settings.needed(name));
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new SettingsException("The file " + file + " that " + name + " names cannot be read.");
        }
    }

    private static void refuseOpenKey(Path file) {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try {
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                throw new SettingsException(
                        "The key file " + file + " can be read by everybody. Run: chmod o-rwx " + file);
            }
        } catch (IOException e) {
            throw new SettingsException("Who may read the key file " + file + " cannot be seen.");
        }
    }

    private static X509Certificate checked(Settings settings, byte[] chain, byte[] key) {
        String files = settings.needed(CERTIFICATE) + " and " + settings.needed(KEY);
        try {
            KeyManager[] managers =
                    options(chain, key).getKeyManagerFactory(null).getKeyManagers();
            X509KeyManager keys = Arrays.stream(managers)
                    .filter(X509KeyManager.class::isInstance)
                    .map(X509KeyManager.class::cast)
                    .findFirst()
                    .orElseThrow(() -> new GeneralSecurityException("they hold no key"));
            String alias = Arrays.stream(new String[] {"RSA", "EC", "EdDSA", "RSASSA-PSS"})
                    .map(type -> keys.getServerAliases(type, null))
                    .filter(Objects::nonNull)
                    .flatMap(Arrays::stream)
                    .findFirst()
                    .orElseThrow(() -> new GeneralSecurityException("the key is of no kind that TLS uses"));
            X509Certificate own = keys.getCertificateChain(alias)[0];
            if (!belongs(keys.getPrivateKey(alias), own)) {
                throw new GeneralSecurityException("the key is not that of the first certificate");
            }
            return own;
        } catch (Exception e) {
            // Vert.x throws whatever its parser met; its words name no part of the key.
            throw new SettingsException(
                    "The hub cannot use the certificate and key in " + files + ": " + e.getMessage() + ".");
        }
    }

    private static boolean belongs(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        String kind = key.getAlgorithm();
        Signature signature = Signature.getInstance(
                kind.equals("RSA") ? "SHA256withRSA" : kind.equals("EC") ? "SHA256withECDSA" : kind);
        byte[] words = "one and the same".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        if (!kind.equals(certificate.getPublicKey().getAlgorithm())) {
            return false;
        }
        signature.initSign(key);
        signature.update(words);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(words);
        return signature.verify(signed);
    }

    private static KeyCertOptions options(byte[] chain, byte[] key) {
        return new PemKeyCertOptions().addCertValue(Buffer.buffer(chain)).addKeyValue(Buffer.buffer(key));
    }

    KeyCertOptions options() {
        return options(chain, key);
    }

    boolean sameAs(Certificate other) {
        return Arrays.equals(chain, other.chain) && Arrays.equals(key, other.key);
    }

    Instant end() {
        return shown.getNotAfter().toInstant();
    }

    /** Says what whoever runs the hub should know of it. */
    Finding look(Instant now) {
        if (!end().isAfter(now)) {
            return Finding.wrong("The certificate ended at " + end() + "; nobody will trust it. Renew it.");
        }
        if (shown.getNotBefore().toInstant().isAfter(now)) {
            return Finding.wrong(
                    "The certificate begins only at " + shown.getNotBefore().toInstant() + ".");
        }
        return end().isBefore(now.plus(SOON))
                ? Finding.note("The certificate ends at " + end() + "; renew it.")
                : Finding.good("The certificate and its key belong together and hold until " + end() + ".");
    }

    /** Reads the files again; empty when nothing changed. */
    Optional<Certificate> renewed(Settings settings) {
        Certificate now = read(settings);
        return now.sameAs(this) ? Optional.empty() : Optional.of(now);
    }
}
