package io.tsunagi;

import io.tsunagi.audit.Audit;
import io.tsunagi.audit.NodeAudit;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.node.Node;
import io.tsunagi.ops.DeliveredFiles;
import io.tsunagi.store.Store;
import java.net.URL;
import java.security.CodeSource;
import java.util.List;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses to use anything of what the hub was delivered with while some of it is missing or changed; comes before the first
 * migration, route and setting of a file is.
 */
final class DeliveryCheck {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryCheck.class);
    private static final int FILES_NAMED = 10;

    private DeliveryCheck() {}

    /**
     * Gives the files the program was delivered with.
     *
     * @throws SettingsException when they are not what was delivered; a database that is there has it in its audit
     */
    static DeliveredFiles pass(Settings settings) {
        DeliveredFiles files = new DeliveredFiles(DeliveryCheck.class.getClassLoader(), standsAlone());
        refuseChanged(files, settings);
        return files;
    }

    /** Whether one jar, or one bundle, holds the hub and its parts; only that one is delivered with a list. */
    private static boolean standsAlone() {
        Optional<String> here = origin(DeliveryCheck.class);
        return here.isPresent() && here.equals(origin(CamelContext.class));
    }

    private static Optional<String> origin(Class<?> type) {
        return Optional.ofNullable(type.getProtectionDomain().getCodeSource())
                .map(CodeSource::getLocation)
                .map(URL::toExternalForm);
    }

    static void refuseChanged(DeliveredFiles files, Settings settings) {
        List<String> changed = files.changed();
        if (changed.isEmpty()) {
            return;
        }
        String first = String.join(", ", changed.subList(0, Math.min(changed.size(), FILES_NAMED)));
        try (Store store = Store.existing(settings)) {
            new NodeAudit(
                            store,
                            new Audit(store, store.clock()),
                            Node.of(settings).name())
                    .refused(first);
        } catch (RuntimeException e) {
            // Whatever the database is like, the sentence below is what has to be said.
            LOG.warn("That the hub refuses to start could not be audited: {}", e.getMessage());
        }
        throw new SettingsException("Of the files the hub was delivered with, " + changed.size()
                + " are missing or changed, such as " + first
                + ". Take the jar anew, and nothing else onto its class path.");
    }
}
