package io.tsunagi.web;

import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A server on localhost that calls to others are led to. It shows the right certificate, or one that nobody may take it by; its
 * authority is one that this JVM trusts for as long as it is open, so that nothing but the certificate's fault keeps who calls away.
 */
public final class Impostor implements AutoCloseable {
    /** What it shows. */
    public enum Shows {
        RIGHT,
        /** Nobody vouches for it. */
        SELF_SIGNED,
        /** It ended a month ago. */
        EXPIRED,
        /** It is somebody else's. */
        OTHER_HOST,
        /** It goes on in TLS 1.1 only. */
        OLD_TLS
    }

    private static final String PASSWORD = "changeit";
    private static final String TRUST_STORE = "javax.net.ssl.trustStore";

    /** A "server hello" that chooses TLS 1.1 and a suite of its time, without extensions (RFC 4346, 7.4.1.3). */
    private static final byte[] HELLO_TLS_1_1 = hello();

    private final Path folder;
    private final Map<Shows, KeyStore> keys = new EnumMap<>(Shows.class);
    private final ServerSocket server;
    private final Function<String, String> answers;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final AtomicInteger tries = new AtomicInteger();
    private final SSLContext defaultBefore;
    private volatile Shows shows = Shows.RIGHT;
    private volatile int status = 200;

    /** @param answers the body for a path */
    public Impostor(Path folder, Function<String, String> answers) throws Exception {
        this.folder = folder;
        this.answers = answers;
        make();
        defaultBefore = SSLContext.getDefault();
        System.setProperty(TRUST_STORE, trusted().toString());
        System.setProperty(TRUST_STORE + "Password", PASSWORD);
        trustAnew();
        server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "impostor");
        thread.setDaemon(true);
        thread.start();
    }

    public String address() {
        return "https://localhost:" + server.getLocalPort();
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Shows something else from now on, and forgets who came. */
    public void show(Shows other) {
        shows = other;
        asked.clear();
        tries.set(0);
    }

    public void answerWith(int other) {
        status = other;
    }

    /** Gives the paths of calls that came through. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    /** Counts who came, through or not. */
    public int tries() {
        return tries.get();
    }

    /** Gives the authority's certificate, as a file of PEM. */
    public Path authority() {
        return folder.resolve("authority.pem");
    }

    /** Gives a key with its certificates. */
    public KeyStore keys(Shows kind) {
        return keys.get(kind);
    }

    public static char[] password() {
        return PASSWORD.toCharArray();
    }

    private void make() throws Exception {
        keytool(
                "authority",
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=Test Authority",
                "-ext",
                "bc:c",
                "-validity",
                "9");
        keytool(
                "server",
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-validity",
                "9",
                "-ext",
                "san=dns:localhost");
        keytool("server", "-certreq", "-file", folder.resolve("request").toString());
        keytool("authority", "-exportcert", "-rfc", "-file", authority().toString());
        KeyStore own = open("server");
        keys.put(Shows.SELF_SIGNED, own);
        keys.put(Shows.RIGHT, signed(own, "right", "-1d", "9", "localhost"));
        keys.put(Shows.EXPIRED, signed(own, "expired", "-60d", "30", "localhost"));
        keys.put(Shows.OTHER_HOST, signed(own, "other", "-1d", "9", "other.example.com"));
    }

    private KeyStore signed(KeyStore own, String name, String from, String days, String host) throws Exception {
        Path file = folder.resolve(name + ".pem");
        keytool(
                "authority",
                "-gencert",
                "-rfc",
                "-infile",
                folder.resolve("request").toString(),
                "-outfile",
                file.toString(),
                "-startdate",
                from,
                "-validity",
                days,
                "-ext",
                "san=dns:" + host);
        KeyStore made = KeyStore.getInstance("PKCS12");
        made.load(null, null);
        made.setKeyEntry(
                "server", own.getKey("server", PASSWORD.toCharArray()), PASSWORD.toCharArray(), new Certificate[] {
                    read(file), read(authority())
                });
        return made;
    }

    private static Certificate read(Path file) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private KeyStore open(String name) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private void keytool(String name, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-alias",
                name,
                "-storetype",
                "PKCS12",
                "-keystore",
                folder.resolve(name + ".p12").toString(),
                "-storepass",
                PASSWORD));
        command.addAll(Arrays.asList(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new IOException(said);
        }
    }

    private Path trusted() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("authority", read(authority()));
        Path file = folder.resolve("trusted.p12");
        try (var out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD.toCharArray());
        }
        return file;
    }

    /** Whoever asks for the JVM's own context, or makes one of its own, trusts what the property names. */
    private static void trustAnew() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        useByDefault(context);
    }

    /** Both keep the factory that was there when they were loaded. */
    private static void useByDefault(SSLContext context) {
        SSLContext.setDefault(context);
        HttpsURLConnection.setDefaultSSLSocketFactory(context.getSocketFactory());
        HTTPRequest.setDefaultSSLSocketFactory(context.getSocketFactory());
    }

    private void serve() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Thread thread = new Thread(() -> answer(client), "impostor-answer");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void answer(Socket plain) {
        tries.incrementAndGet();
        try (plain) {
            if (shows == Shows.OLD_TLS) {
                goOnInOldTls(plain);
                return;
            }
            SSLContext context = SelfSigned.speaking(keys.get(shows));
            try (SSLSocket socket =
                    (SSLSocket) context.getSocketFactory().createSocket(plain, null, plain.getPort(), true)) {
                socket.setUseClientMode(false);
                talk(socket);
            }
        } catch (IOException refused) {
            // Whoever does not trust it goes away.
            return;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Answers one call: the next one shakes hands anew. */
    private void talk(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                return;
            }
            head.write(next);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        String path = text.split(" ")[1];
        asked.add(path);
        String length = text.replaceFirst("(?is).*content-length: *(\\d+).*", "$1");
        if (length.matches("\\d+")) {
            in.readNBytes(Integer.parseInt(length));
        }
        byte[] body = answers.apply(path).getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream()
                .write(("HTTP/1.1 " + status
                                + " Answer\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().write(body);
        socket.getOutputStream().flush();
    }

    /** Whoever refuses it says so by a fatal alert (RFC 5246, 7.2); whoever waits for more goes along. */
    private void goOnInOldTls(Socket plain) throws IOException {
        DataInputStream in = new DataInputStream(plain.getInputStream());
        readRecord(in);
        plain.setSoTimeout(2000);
        plain.getOutputStream().write(HELLO_TLS_1_1);
        plain.getOutputStream().flush();
        try {
            byte[] said = readRecord(in);
            if (said[0] != 21 || said[5] != 2) {
                asked.add("it goes on in TLS 1.1: " + Arrays.toString(said));
            }
        } catch (SocketTimeoutException e) {
            asked.add("it waits for more in TLS 1.1");
        }
    }

    private static byte[] readRecord(DataInputStream in) throws IOException {
        byte[] head = new byte[5];
        in.readFully(head);
        byte[] rest = in.readNBytes((head[3] & 0xff) << 8 | head[4] & 0xff);
        byte[] all = Arrays.copyOf(head, head.length + rest.length);
        System.arraycopy(rest, 0, all, head.length, rest.length);
        return all;
    }

    private static byte[] hello() {
        ByteArrayOutputStream hello = new ByteArrayOutputStream();
        hello.writeBytes(new byte[] {22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2});
        hello.writeBytes(new byte[32]);
        // No session id, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, no compression.
        hello.writeBytes(new byte[] {0, (byte) 0xc0, 0x09, 0});
        return hello.toByteArray();
    }

    /** Gives a certificate or key as PEM. */
    public static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + what + "-----\n";
    }

    @Override
    public void close() {
        System.clearProperty(TRUST_STORE);
        System.clearProperty(TRUST_STORE + "Password");
        useByDefault(defaultBefore);
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
