package io.tsunagi;

import io.tsunagi.config.SettingsException;
import io.tsunagi.ops.Leftovers;
import io.tsunagi.ops.RepeatedLines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The program: runs the hub until the process is told to stop, or carries out a command ({@link Commands}). A plain start
 * loads nothing of the commands.
 */
public final class HubMain {
    /** After a start, until Java has compiled what it used. */
    private static final Duration SETTLED = Duration.ofSeconds(4);

    private HubMain() {}

    /** Ends with 0 after a stop or a command that went well, 1 when something is wrong, 2 when it was called wrongly. */
    public static void main(String[] args) throws InterruptedException {
        Path home = Path.of("");
        String profile = "";
        int i = args.length > 0 && args[0].equals("run") ? 1 : 0;
        for (; i + 1 < args.length; i += 2) {
            if (args[i].equals("--home")) {
                home = Path.of(args[i + 1]);
            } else if (args[i].equals("--profile")) {
                profile = args[i + 1];
            } else {
                break;
            }
        }
        if (i < args.length) {
            System.exit(Commands.carryOut(args));
        }
        System.exit(run(home, profile));
    }

    /** The log is set up by {@code config/log4j2.xml}, or by the one built in; before anything writes to it. */
    private static void chooseLog(Path home) {
        Path own = home.resolve("config/log4j2.xml");
        if (System.getProperty("log4j2.configurationFile") == null) {
            System.setProperty(
                    "log4j2.configurationFile",
                    Files.isRegularFile(own) ? own.toString() : "classpath:config/log4j2.xml");
        }
    }

    static int run(Path home, String profile) throws InterruptedException {
        chooseLog(home);
        RepeatedLines.install();
        Hub hub;
        try {
            hub = Hub.start(home, profile);
        } catch (SettingsException e) {
            System.err.println("Tsunagi cannot start: " + e.getMessage());
            return 1;
        }
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            hub.close();
                            stopped.countDown();
                        },
                        "stop-hub"));
        if (!stopped.await(SETTLED.toMillis(), TimeUnit.MILLISECONDS)) {
            Leftovers.giveBack();
            stopped.await();
        }
        return 0;
    }
}
