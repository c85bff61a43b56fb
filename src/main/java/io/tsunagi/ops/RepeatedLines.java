package io.tsunagi.ops;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.filter.AbstractFilter;
import org.apache.logging.log4j.core.filter.AbstractFilterable;

/**
 * Keeps one cause from filling the log: of warnings and errors that differ only in numbers and ids, one a second is written,
 * and a line afterwards says how many more there were. With the database away every waiting piece of work fails, and says so.
 *
 * <p>Safe for many threads.
 */
public final class RepeatedLines extends AbstractFilter {
    private static final long WINDOW_NANOS = Duration.ofSeconds(1).toNanos();
    private static final Pattern VARIABLE = Pattern.compile("[0-9a-fA-F-]{8,}|\\d+");
    private static final int KINDS = 1_000;
    private static final int SHOWN = 160;

    private final Map<String, Repeated> kinds = new HashMap<>();
    private final LongSupplier nanos;
    private final Consumer<String> summary;

    private static final class Repeated {
        private final long writtenAt;
        private final String line;
        private int more;

        private Repeated(long writtenAt, String line, int more) {
            this.writtenAt = writtenAt;
            this.line = line;
            this.more = more;
        }
    }

    /**
     * @param nanos as {@link System#nanoTime()}
     * @param summary is told how many were not written
     */
    RepeatedLines(LongSupplier nanos, Consumer<String> summary) {
        this.nanos = nanos;
        this.summary = summary;
    }

    /** Puts it before every appender of this process's Log4j, for as long as the process lives. */
    public static void install() {
        Logger log = LogManager.getLogger(RepeatedLines.class);
        RepeatedLines filter = new RepeatedLines(System::nanoTime, log::warn);
        LoggerContext context = (LoggerContext) LogManager.getContext(false);
        context.getConfiguration().getAppenders().values().stream()
                .filter(AbstractFilterable.class::isInstance)
                .map(AbstractFilterable.class::cast)
                .forEach(appender -> appender.addFilter(filter));
        Executors.newSingleThreadScheduledExecutor(work -> {
                    Thread thread = new Thread(work, "repeated-lines");
                    thread.setDaemon(true);
                    return thread;
                })
                .scheduleWithFixedDelay(filter::tell, 1, 1, TimeUnit.SECONDS);
    }

    @Override
    public Result filter(LogEvent event) {
        if (!event.getLevel().isMoreSpecificThan(Level.WARN)
                || event.getLoggerName().equals(RepeatedLines.class.getName())) {
            return Result.NEUTRAL;
        }
        String line = event.getLevel() + " " + event.getLoggerName() + " "
                + event.getMessage().getFormattedMessage();
        String kind = VARIABLE.matcher(line).replaceAll("…");
        long now = nanos.getAsLong();
        synchronized (kinds) {
            Repeated last = kinds.get(kind);
            if (last != null && now - last.writtenAt < WINDOW_NANOS) {
                last.more++;
                return Result.DENY;
            }
            if (last != null || kinds.size() < KINDS) {
                kinds.put(kind, new Repeated(now, line, last == null ? 0 : last.more));
            }
            return Result.NEUTRAL;
        }
    }

    /** Tells what was held back, and forgets what has not come again. */
    void tell() {
        List<String> told = new ArrayList<>();
        synchronized (kinds) {
            long now = nanos.getAsLong();
            for (Iterator<Repeated> each = kinds.values().iterator(); each.hasNext(); ) {
                Repeated repeated = each.next();
                if (repeated.more > 0) {
                    told.add(repeated.more + " more like this: "
                            + repeated.line.substring(0, Math.min(SHOWN, repeated.line.length())));
                    repeated.more = 0;
                }
                if (now - repeated.writtenAt >= WINDOW_NANOS) {
                    each.remove();
                }
            }
        }
        // Outside the lock: writing may wait for whoever reads the log.
        told.forEach(summary);
    }
}
