package io.tsunagi.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A child process with its output in a file; ends when it is closed, or with this JVM even while it is starting. */
public final class Program implements AutoCloseable {
    private static final Duration STOP = Duration.ofSeconds(25);

    private final Process process;
    private final Path log;

    private Program(Process process, Path log) {
        this.process = process;
        this.log = log;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "end-" + process.pid()));
    }

    /** @param folder is made when missing; the process runs in it */
    public static Program start(Path folder, String logName, Map<String, String> environment, List<String> command)
            throws IOException {
        Files.createDirectories(folder);
        Path log = folder.resolve(logName);
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("HUB_"));
        builder.environment().putAll(environment);
        return new Program(builder.start(), log);
    }

    public static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    public ProcessHandle process() {
        return process.toHandle();
    }

    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Gives the memory that is this process's own, shared pages in shares; MB of 2^20 bytes. Needs Linux. */
    long proportionalMegabytes() {
        return procKilobytes("smaps_rollup", "Pss:") / 1024;
    }

    /** Gives the memory it has resident; MB of 2^20 bytes. Needs Linux. */
    long residentMegabytes() {
        return procKilobytes("status", "VmRSS:") / 1024;
    }

    private long procKilobytes(String file, String field) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(process.pid()), file))) {
            return lines.filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public List<String> lines() {
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws IllegalStateException with the last lines of its log when it is no longer running */
    public void assertRunning() {
        if (!process.isAlive()) {
            List<String> lines = lines();
            throw new IllegalStateException("It ended with " + process.exitValue() + "; " + log + " ends:\n"
                    + lines.stream().skip(Math.max(0, lines.size() - 15)).collect(Collectors.joining("\n")));
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
