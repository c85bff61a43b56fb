package io.tsunagi.node;

import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.component.quartz.QuartzComponent;
import org.apache.camel.component.quartz.QuartzConstants;
import org.apache.camel.component.quartz.QuartzEndpoint;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.support.SimpleEventNotifierSupport;
import org.quartz.CronTrigger;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerKey;
import org.quartz.core.QuartzScheduler;
import org.quartz.core.QuartzSchedulerResources;
import org.quartz.impl.DefaultThreadExecutor;
import org.quartz.impl.StdJobRunShellFactory;
import org.quartz.impl.StdScheduler;
import org.quartz.impl.jdbcjobstore.InvalidConfigurationException;
import org.quartz.impl.jdbcjobstore.JobStoreTX;
import org.quartz.impl.matchers.GroupMatcher;
import org.quartz.simpl.CascadingClassLoadHelper;
import org.quartz.simpl.RAMJobStore;
import org.quartz.simpl.SimpleJobFactory;
import org.quartz.simpl.SimpleThreadPool;
import org.quartz.spi.JobStore;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the {@code quartz:} routes on schedule. On PostgreSQL the schedules stand in the database and each time falls to
 * one node of those that share it; on H2 they stand in memory.
 *
 * <p>A time that passed while no node ran is made up for once, as soon as one runs again. What a node had under way when
 * it died is freed for the next time after {@value #CHECK_IN_MILLIS} ms and Quartz's grace of 7.5 s, by the database's
 * clock. A schedule whose route is gone leaves the database when a node starts without it or removes it.
 *
 * <p>When something is due goes by the clock of the node that looks. What a node whose clock ran ahead put off for all
 * comes back within {@value #LOOK_SECONDS} s to when it is due by the database's clock.
 *
 * <p>It uses the hub's own connections, one at a time for some milliseconds.
 */
public final class Schedules implements AutoCloseable {
    static final long CHECK_IN_MILLIS = 5_000;

    private static final int LOOK_SECONDS = 10;

    /** By so much later than due is not how clocks usually differ. */
    private static final Duration PUT_OFF = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(Schedules.class);
    private static final String NAME = "tsunagi";
    private static final int THREADS = 5;
    private static final long IDLE_WAIT_MILLIS = 15_000;
    private static final long DATABASE_RETRY_MILLIS = 5_000;
    private static final long LONGEST_END_MILLIS = 5_000;

    private final Scheduler scheduler;
    private final Clock clock;
    private final boolean shared;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "schedules-look");
        thread.setDaemon(true);
        return thread;
    });

    private Schedules(Scheduler scheduler, Clock clock, boolean shared) {
        this.scheduler = scheduler;
        this.clock = clock;
        this.shared = shared;
    }

    /**
     * Makes the schedules of a node; they begin with the Camel context.
     *
     * <p>Quartz's factories know schedulers by name, one a JVM; built by hand, each hub has its own.
     */
    public static Schedules of(Store store, Node node) throws SchedulerException {
        boolean shared = store.dialect() == Dialect.POSTGRESQL;
        SimpleThreadPool threads = new SimpleThreadPool(THREADS, Thread.NORM_PRIORITY);
        threads.setThreadNamePrefix("schedule");
        threads.setInstanceId(node.name());
        threads.setInstanceName(NAME);
        threads.setMakeThreadsDaemons(true);
        threads.initialize();

        JobStore jobs = shared ? inDatabase(store, node) : new RAMJobStore();
        StdJobRunShellFactory shells = new StdJobRunShellFactory();
        QuartzSchedulerResources parts = new QuartzSchedulerResources();
        parts.setName(NAME);
        parts.setInstanceId(node.name());
        parts.setThreadName("schedules");
        parts.setMakeSchedulerThreadDaemon(true);
        parts.setThreadPool(threads);
        parts.setThreadExecutor(new DefaultThreadExecutor());
        parts.setJobRunShellFactory(shells);
        parts.setJobStore(jobs);
        // Hawtio shows and runs them.
        parts.setJMXExport(true);
        parts.setJMXObjectName(QuartzSchedulerResources.generateJMXObjectName(NAME, node.name()));

        QuartzScheduler quartz = new QuartzScheduler(parts, IDLE_WAIT_MILLIS, DATABASE_RETRY_MILLIS);
        CascadingClassLoadHelper classes = new CascadingClassLoadHelper();
        classes.initialize();
        jobs.setInstanceName(NAME);
        jobs.setInstanceId(node.name());
        jobs.setThreadPoolSize(THREADS);
        jobs.initialize(classes, quartz.getSchedulerSignaler());
        Scheduler scheduler = new StdScheduler(quartz);
        // Camel's job takes nothing by its setters, and the JDK would remember what it found when it looked for them.
        scheduler.setJobFactory(new SimpleJobFactory());
        shells.initialize(scheduler);
        quartz.initialize();
        return new Schedules(scheduler, store.clock(), shared);
    }

    private static JobStore inDatabase(Store store, Node node) throws SchedulerException {
        DBConnectionManager.getInstance().addConnectionProvider(node.name(), new ConnectionProvider() {
            @Override
            public Connection getConnection() throws SQLException {
                return store.pool().getConnection();
            }

            @Override
            public void initialize() {
                // The pool is open already.
            }

            @Override
            public void shutdown() {
                // The pool is the hub's to close.
            }
        });
        JobStoreTX jobs = new JobStoreTX();
        jobs.setDataSource(node.name());
        jobs.setTablePrefix("QRTZ_");
        jobs.setIsClustered(true);
        jobs.setClusterCheckinInterval(CHECK_IN_MILLIS);
        // Otherwise a node that looked before another one fired takes the same firing again.
        jobs.setAcquireTriggersWithinLock(true);
        try {
            jobs.setDriverDelegateClass(CheckInsByDatabaseTime.class.getName());
        } catch (InvalidConfigurationException e) {
            throw new IllegalStateException("The name of a class is a valid one", e);
        }
        jobs.setMakeThreadsDaemons(true);
        jobs.setThreadsInheritInitializersClassLoadContext(true);
        // Text, not serialized Java: nothing is deserialized from the database.
        jobs.setUseProperties("true");
        return jobs;
    }

    /** Lets a context's {@code quartz:} routes use these schedules; call before routes are added. */
    public void serveRoutesOf(CamelContext camel) throws SchedulerException {
        QuartzComponent component = camel.getComponent("quartz", QuartzComponent.class);
        component.setScheduler(scheduler);
        // A job names the context it belongs to; the management name, Camel's choice, need not be the same on all
        // nodes.
        scheduler.getContext().put(QuartzConstants.QUARTZ_CAMEL_CONTEXT + "-" + camel.getName(), camel);
        camel.getCamelContextExtension().registerEndpointCallback((uri, endpoint) -> {
            if (endpoint instanceof QuartzEndpoint quartz) {
                quartz.setUsingFixedCamelContextName(true);
            }
            return endpoint;
        });
        camel.addLifecycleStrategy(new LifecycleStrategySupport() {
            @Override
            public void onContextStopping(CamelContext context) {
                pause();
            }

            @Override
            public void onContextStopped(CamelContext context) {
                close();
            }
        });
        if (shared) {
            camel.getManagementStrategy().addEventNotifier(new SimpleEventNotifierSupport() {
                @Override
                public boolean isEnabled(CamelEvent event) {
                    return event instanceof CamelEvent.RouteRemovedEvent && camel.isStarted();
                }

                @Override
                public void notify(CamelEvent event) throws SchedulerException {
                    Endpoint from =
                            ((CamelEvent.RouteRemovedEvent) event).getRoute().getEndpoint();
                    if (from instanceof QuartzEndpoint quartz) {
                        forget(quartz.getTriggerKey());
                    }
                }
            });
        }
    }

    /**
     * Removes the schedules that no route of this context has any more, and looks after the others from now on; call when
     * all its routes are there.
     */
    public void lookAfter(CamelContext camel) throws SchedulerException {
        if (!shared) {
            return;
        }
        looks.scheduleWithFixedDelay(this::bringBackQuietly, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
        Set<TriggerKey> known = camel.getRoutes().stream()
                .map(route -> route.getEndpoint())
                .filter(QuartzEndpoint.class::isInstance)
                .map(endpoint -> ((QuartzEndpoint) endpoint).getTriggerKey())
                .collect(Collectors.toSet());
        for (TriggerKey key : scheduler.getTriggerKeys(GroupMatcher.anyTriggerGroup())) {
            if (!known.contains(key)) {
                forget(key);
            }
        }
    }

    private void bringBackQuietly() {
        try {
            bringBack(clock.instant());
        } catch (SchedulerException | RuntimeException e) {
            LOG.debug("Schedules cannot be looked at", e);
        }
    }

    private void bringBack(Instant now) throws SchedulerException {
        for (TriggerKey key : scheduler.getTriggerKeys(GroupMatcher.anyTriggerGroup())) {
            if (scheduler.getTrigger(key) instanceof CronTrigger trigger) {
                Date due = trigger.getFireTimeAfter(Date.from(now));
                Date next = trigger.getNextFireTime();
                if (due != null && next != null && next.getTime() - due.getTime() > PUT_OFF.toMillis()) {
                    LOG.info(
                            "The schedule {} was put off until {} by a node with another clock", key, next.toInstant());
                    scheduler.rescheduleJob(
                            key, trigger.getTriggerBuilder().startAt(due).build());
                }
            }
        }
    }

    private void forget(TriggerKey key) throws SchedulerException {
        if (scheduler.unscheduleJob(key)) {
            LOG.info("The schedule {} is removed: it has no route any more", key);
        }
    }

    /** A node on its way out would take times that fall due from those that can serve them. */
    private void pause() {
        try {
            scheduler.standby();
        } catch (SchedulerException e) {
            LOG.warn("The schedules cannot be paused: {}", e.getMessage());
        }
    }

    /** Ends them, after the runs under way have said that they are done; the context does so when it is stopped. */
    @Override
    public void close() {
        looks.shutdownNow();
        Thread end = new Thread(this::shutDown, "end-schedules");
        end.setDaemon(true);
        end.start();
        try {
            end.join(LONGEST_END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void shutDown() {
        try {
            scheduler.shutdown(true);
        } catch (SchedulerException e) {
            LOG.warn("The schedules do not end: {}", e.getMessage());
        }
    }
}
