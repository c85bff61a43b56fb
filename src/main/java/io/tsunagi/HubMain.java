package io.tsunagi;

import io.tsunagi.config.SettingsException;
import io.tsunagi.ops.RepeatedLines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** Starts the hub and runs it until the process is told to stop. */
public final class HubMain {
    private static final String USAGE = "Usage: java -jar tsunagi-standalone.jar [--home FOLDER] [--profile NAME]";

    private HubMain() {}

    /** Ends with 0 after a stop, 1 when the hub cannot start, 2 when it was called wrongly. */
    public static void main(String[] args) throws InterruptedException {
        Path home = Path.of("");
        String profile = "";
        for (int i = 0; i < args.length; i++) {
            boolean valued = i + 1 < args.length;
            if (args[i].equals("--home") && valued) {
                home = Path.of(args[++i]);
            } else if (args[i].equals("--profile") && valued) {
                profile = args[++i];
            } else {
                System.err.println(USAGE);
                System.exit(args[i].equals("--help") ? 0 : 2);
            }
        }
        chooseLog(home);
        RepeatedLines.install();
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

    private static int run(Path home, String profile) throws InterruptedException {
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
        stopped.await();
        return 0;
    }
}
