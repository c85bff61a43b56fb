package io.tsunagi.karaf;

import io.tsunagi.Hub;
import java.beans.Introspector;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.runtime.ObjectMethods;
import java.nio.file.Path;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts and stops the hub with its bundle; the only class that knows OSGi.
 *
 * <p>The home folder is the framework property {@code hub.home}, else {@code etc/tsunagi} of the Karaf installation. It
 * has the layout of any other: {@code config/hub.properties}, {@code routes/}. {@code hub.profile} names a profile.
 */
public final class Activator implements BundleActivator {
    private static final Logger LOG = LoggerFactory.getLogger(Activator.class);

    private Hub hub;

    @Override
    public void start(BundleContext bundle) throws Exception {
        var home = home(bundle);
        var profile = bundle.getProperty("hub.profile") == null ? "" : bundle.getProperty("hub.profile");
        LOG.info("Starting the hub with its home in {}", home);
        withOwnClasses(() -> hub = Hub.start(home, profile));
    }

    @Override
    public void stop(BundleContext bundle) throws Exception {
        withOwnClasses(() -> {
            if (hub != null) {
                hub.close();
                hub = null;
            }
            forgetDrivers();
            if (Runtime.version().feature() < 19) {
                forgetRecords();
            }
            // It keeps the beans it looked at for as long as there is memory.
            Introspector.flushCaches();
        });
    }

    /** The JVM's list of database drivers would keep every class of the bundle. The hub makes its drivers itself. */
    private static void forgetDrivers() throws SQLException {
        for (Driver driver : DriverManager.drivers().toList()) {
            if (driver.getClass().getClassLoader() == Activator.class.getClassLoader()) {
                DriverManager.deregisterDriver(driver);
            }
        }
    }

    /**
     * Before version 19 the JDK keeps the types of the record whose methods it linked last (JDK-8078641), and with them
     * every class of the bundle. Now these are a type of its own.
     */
    private static void forgetRecords() throws ReflectiveOperationException {
        var lookup = MethodHandles.lookup();
        var getter = lookup.findVirtual(String.class, "toString", MethodType.methodType(String.class));
        var methods = Map.of(
                "equals", MethodType.methodType(boolean.class, String.class, Object.class),
                "hashCode", MethodType.methodType(int.class, String.class),
                "toString", MethodType.methodType(String.class, String.class));
        for (var method : methods.entrySet()) {
            try {
                ObjectMethods.bootstrap(lookup, method.getKey(), method.getValue(), String.class, "text", getter);
            } catch (Throwable impossible) {
                throw new LinkageError("The methods of a record cannot be linked", impossible);
            }
        }
    }

    private static Path home(BundleContext bundle) {
        var named = bundle.getProperty("hub.home");
        return named != null ? Path.of(named) : Path.of(bundle.getProperty("karaf.etc"), "tsunagi");
    }

    /**
     * Runs in a thread of its own and waits for it. The libraries look services and resources up by the thread's loader,
     * which in Karaf's threads is Karaf's; and what they leave in a thread's variables would stay as long as the thread.
     * Its group is always the same, because the JDK remembers beans by group.
     */
    private static void withOwnClasses(Act act) throws Exception {
        var task = new FutureTask<Void>(() -> {
            act.run();
            return null;
        });
        var group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        var thread = new Thread(group, task, "hub-in-karaf");
        thread.setContextClassLoader(Activator.class.getClassLoader());
        thread.start();
        try {
            result(task, thread);
        } catch (ExecutionException failure) {
            // Karaf shows only the outermost words of it.
            LOG.error("The hub could not be started or stopped", failure.getCause());
            if (failure.getCause() instanceof Error error) {
                throw error;
            }
            throw (Exception) failure.getCause();
        }
    }

    /** A hub is never left half started: who is in a hurry has the act interrupted, and still learns how it ended. */
    private static void result(FutureTask<Void> task, Thread thread) throws ExecutionException {
        boolean hurry = false;
        try {
            while (true) {
                try {
                    task.get();
                    return;
                } catch (InterruptedException now) {
                    hurry = true;
                    thread.interrupt();
                }
            }
        } finally {
            if (hurry) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private interface Act {
        void run() throws Exception;
    }
}
