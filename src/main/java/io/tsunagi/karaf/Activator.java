package io.tsunagi.karaf;

import io.tsunagi.Hub;
import java.nio.file.Path;
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
        if (hub != null) {
            withOwnClasses(() -> {
                hub.close();
                hub = null;
            });
        }
    }

    private static Path home(BundleContext bundle) {
        var named = bundle.getProperty("hub.home");
        return named != null ? Path.of(named) : Path.of(bundle.getProperty("karaf.etc"), "tsunagi");
    }

    /** The libraries look services and resources up by the thread's loader, which here would be Karaf's. */
    private static void withOwnClasses(Act act) throws Exception {
        var thread = Thread.currentThread();
        var before = thread.getContextClassLoader();
        thread.setContextClassLoader(Activator.class.getClassLoader());
        try {
            act.run();
        } catch (Exception | LinkageError failure) {
            // Karaf shows only the outermost words of it.
            LOG.error("The hub could not be started or stopped", failure);
            throw failure;
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private interface Act {
        void run() throws Exception;
    }
}
