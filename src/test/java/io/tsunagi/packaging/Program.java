package io.tsunagi.packaging;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A program as its users start it: a process of its own with its output in a file, ended together with all it started.
 */
final class Program implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private final Process process;
    private final Path output;

    private Program(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static Program start(Path folder, Map<String, String> environment, List<String> command) throws IOException {
        Files.createDirectories(folder);
        var output = folder.resolve("output.txt");
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("HUB_"));
        builder.environment().putAll(environment);
        return new Program(builder.start(), output);
    }

    /** Waits until the address answers 200, as long as the program lives and has no trouble. */
    void awaitOk(String address, Duration patience, Supplier<Optional<String>> troubles) {
        try {
            await().atMost(patience).pollInterval(Duration.ofMillis(200)).until(() -> {
                troubles.get().ifPresent(trouble -> {
                    throw new AssertionError(trouble);
                });
                if (!process.isAlive()) {
                    throw new AssertionError("Ended with " + process.exitValue() + " before it was ready");
                }
                return status(address) == 200;
            });
        } catch (ConditionTimeoutException | AssertionError never) {
            throw new AssertionError(never.getMessage() + "\n" + output(), never);
        }
    }

    void awaitOk(String address, Duration patience) {
        awaitOk(address, patience, Optional::empty);
    }

    int awaitEnd(Duration patience) throws InterruptedException {
        if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("Still running after " + patience + ":\n" + output());
        }
        return process.exitValue();
    }

    /** Asks it to end, as a service manager or Ctrl-C does. */
    void terminate() {
        process.destroy();
    }

    /** Ends it as the kernel does that needs its memory: it learns nothing of it. */
    void kill() {
        process.destroyForcibly();
    }

    List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Override
    public void close() {
        var all = new ArrayList<>(descendants());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroy);
        all.forEach(one -> {
            try {
                one.onExit().get(20, TimeUnit.SECONDS);
            } catch (TimeoutException stubborn) {
                one.destroyForcibly();
            } catch (InterruptedException stopped) {
                one.destroyForcibly();
                Thread.currentThread().interrupt();
            } catch (ExecutionException impossible) {
                throw new IllegalStateException(impossible);
            }
        });
    }

    /** Gives the status, or 0 when nobody listens yet. */
    static int status(String address) throws InterruptedException {
        try {
            return get(address).statusCode();
        } catch (IOException nobodyThere) {
            return 0;
        }
    }

    static HttpResponse<String> get(String address) throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(address))
                        .timeout(Duration.ofSeconds(40))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    static HttpResponse<String> post(String address, String json) throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(address))
                        .timeout(Duration.ofSeconds(40))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(json))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Gives a port that a program started next can open: below those the system gives to connections by itself. */
    static int freePort() throws IOException {
        for (int i = 0; i < 200; i++) {
            int port = ThreadLocalRandom.current().nextInt(15_000, 30_000);
            try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException taken) {
                // Another one, then.
            }
        }
        throw new IOException("No port is free between 15000 and 30000");
    }

    /** The JVM to run it on: the one named by {@code tsunagi.java.home}, else this one. */
    static Path javaHome() {
        return Path.of(System.getProperty("tsunagi.java.home", System.getProperty("java.home")));
    }

    /** What the build made: {@code tsunagi-V<suffix>}. */
    static Path built(String suffix) {
        return buildFolder().resolve(System.getProperty("tsunagi.name") + suffix);
    }

    static Path buildFolder() {
        return Path.of(System.getProperty("tsunagi.build"));
    }
}
