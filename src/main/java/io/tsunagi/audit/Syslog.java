package io.tsunagi.audit;

import io.tsunagi.config.SettingsException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A syslog server over TLS (RFC 5425) or TCP (RFC 6587), each message with its length before it.
 *
 * <p>Syslog has no answer, and what was written to a connection may be lost with it. So each batch has a connection of its own,
 * which the hub ends first: a server that reads to that end and then ends it too has taken all of it. Who ends it before, as
 * a balancer without a server does, has not; one that reads all, keeps it for more than {@value #LISTEN_MILLIS} ms without a
 * server behind it and then ends as a server would cannot be told from one. Safe for many threads.
 */
final class Syslog {
    private static final Pattern ADDRESS =
            Pattern.compile("(?<kind>tls|tcp):(?<host>[A-Za-z0-9.-]+|\\[[0-9a-fA-F:.]+]):(?<port>[1-9]\\d{0,4})");

    private static final String SPEAKS = "it speaks, which no syslog server does";
    private static final int LISTEN_MILLIS = 200;

    private final String host;
    private final int port;
    private final SSLContext tls;
    private final Duration longest;

    private Syslog(String host, int port, SSLContext tls, Duration longest) {
        this.host = host;
        this.port = port;
        this.tls = tls;
        this.longest = longest;
    }

    /**
     * Gives the server at an address.
     *
     * @param address {@code tls:HOST:PORT} or {@code tcp:HOST:PORT}
     * @param authorities a PEM file of those who vouch for its certificate; empty for those the JDK trusts
     * @param longest how long a batch may take, from the connection to its end
     * @throws SettingsException when it is no such address, or the file cannot be used
     */
    static Syslog at(String address, String authorities, Duration longest) {
        Matcher parts = ADDRESS.matcher(address);
        if (!parts.matches() || Integer.parseInt(parts.group("port")) > 65535) {
            throw new SettingsException("The setting hub.audit.syslog is '" + address
                    + "'; it must be tls:HOST:PORT such as tls:log.example.com:6514, tcp:HOST:PORT, or empty.");
        }
        return new Syslog(
                parts.group("host").replaceAll("[\\[\\]]", ""),
                Integer.parseInt(parts.group("port")),
                parts.group("kind").equals("tls") ? trusting(authorities) : null,
                longest);
    }

    private static SSLContext trusting(String authorities) {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(authorities.isEmpty() ? null : named(Path.of(authorities)));
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new SettingsException("The setting hub.audit.syslog-authorities names '" + authorities
                    + "', which is no PEM file of certificates: " + e.getMessage());
        }
    }

    private static KeyStore named(Path file) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(file)) {
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("authority-" + trusted.size(), each);
            }
        }
        if (trusted.size() == 0) {
            throw new IOException("it holds none");
        }
        return trusted;
    }

    /**
     * Sends messages, in their order.
     *
     * @throws IOException when it is not sure that the server has taken all of them
     */
    void send(List<String> messages) throws IOException {
        try (Socket plain = new Socket()) {
            // A server that reads nothing would hold a write for good.
            CompletableFuture<Void> end = CompletableFuture.runAsync(
                    () -> cut(plain), CompletableFuture.delayedExecutor(longest.toMillis(), TimeUnit.MILLISECONDS));
            try {
                plain.connect(new InetSocketAddress(InetAddress.getByName(host), port), (int) longest.toMillis());
                plain.setSoTimeout((int) longest.toMillis());
                Socket socket = tls == null ? plain : secured(plain);
                OutputStream out = new BufferedOutputStream(socket.getOutputStream());
                for (String message : messages) {
                    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
                    out.write((bytes.length + " ").getBytes(StandardCharsets.US_ASCII));
                    out.write(bytes);
                }
                out.flush();
                checkItListens(socket);
                socket.shutdownOutput();
                if (socket.getInputStream().read() >= 0) {
                    throw new IOException(SPEAKS);
                }
            } finally {
                end.cancel(false);
            }
        }
    }

    private void checkItListens(Socket socket) throws IOException {
        try {
            socket.setSoTimeout(LISTEN_MILLIS);
            throw new IOException(socket.getInputStream().read() < 0 ? "it ended the connection first" : SPEAKS);
        } catch (SocketTimeoutException silent) {
            socket.setSoTimeout((int) longest.toMillis());
        }
    }

    private Socket secured(Socket plain) throws IOException {
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, host, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static void cut(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
