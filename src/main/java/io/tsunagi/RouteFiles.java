package io.tsunagi;

import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the route files: those built into the jar, each replaced by the file of the same name in the routes folder, and
 * whatever else stands there.
 *
 * <p>Core files (the turn, the delivery, sign-in) keep the promises the product makes and cannot be replaced.
 */
final class RouteFiles {
    private static final Logger LOG = LoggerFactory.getLogger(RouteFiles.class);

    /** Files whose routes nobody may replace. */
    static final Set<String> CORE = Set.of(
            "common/on-error.camel.yaml",
            "common/leave-to-caller.camel.yaml",
            "line/take-turn.camel.yaml",
            "line/deliver-to-line.camel.yaml",
            "access/sign-in.camel.yaml",
            "audit/seal-audit.camel.yaml");

    /** Every built-in file, in the order of loading: what is failing by name comes first. */
    static final List<String> BUILT_IN = List.of(
            "common/leave-to-caller.camel.yaml",
            "common/on-error.camel.yaml",
            "common/rest.camel.yaml",
            "access/purge-sessions.camel.yaml",
            "access/sign-in.camel.yaml",
            "audit/forget-audit.camel.yaml",
            "audit/seal-audit.camel.yaml",
            "bot/answer-from-faq.camel.yaml",
            "console/admin-api.camel.yaml",
            "console/audit-api.camel.yaml",
            "console/canned-api.camel.yaml",
            "console/inquiries-api.camel.yaml",
            "console/keeping-api.camel.yaml",
            "console/workspace-api.camel.yaml",
            "dispatch/assign-inquiries.camel.yaml",
            "dispatch/hand-off.camel.yaml",
            "dispatch/watch-screens.camel.yaml",
            "inquiry/close-silent-inquiries.camel.yaml",
            "inquiry/forget-events.camel.yaml",
            "keeping/purge-by-rule.camel.yaml",
            "keeping/verify-retention.camel.yaml",
            "line/deliver-to-line.camel.yaml",
            "line/fetch-line-profile.camel.yaml",
            "line/get-line-content.camel.yaml",
            "line/handle-event.camel.yaml",
            "line/read-line-quota.camel.yaml",
            "line/renew-line-tokens.camel.yaml",
            "line/take-turn.camel.yaml",
            "line/tell-typing.camel.yaml",
            "line/test-line-webhooks.camel.yaml",
            "media/fetch-media.camel.yaml",
            "media/purge-media.camel.yaml",
            "media/serve-media.camel.yaml",
            "media/sweep-media.camel.yaml",
            "salesforce/call-salesforce.camel.yaml",
            "salesforce/close-case.camel.yaml",
            "salesforce/open-case.camel.yaml",
            "salesforce/refresh-knowledge.camel.yaml",
            "salesforce/search-knowledge.camel.yaml",
            "salesforce/sweep-salesforce.camel.yaml",
            "salesforce/sync-to-salesforce.camel.yaml",
            "salesforce/update-case.camel.yaml",
            "salesforce/write-survey.camel.yaml",
            "salesforce/write-transcript.camel.yaml",
            "survey/take-survey-answer.camel.yaml");

    private final Path folder;

    RouteFiles(Path folder) {
        this.folder = folder;
    }

    /**
     * Adds all routes to the context, which is not started yet.
     *
     * @throws SettingsException that names the file when one does not parse or cannot be resolved
     */
    void load(CamelContext camel) {
        for (String name : BUILT_IN) {
            Path own = folder.resolve(name);
            if (Files.isRegularFile(own) && CORE.contains(name) && !sameAsBuiltIn(own, name)) {
                LOG.warn("{} is not used: a core route cannot be replaced", own);
            }
            boolean replaced = Files.isRegularFile(own) && !CORE.contains(name);
            load(camel, replaced ? "file:" + own : "classpath:routes/" + name);
        }
        for (Path own : ownFiles()) {
            load(camel, "file:" + own);
        }
    }

    private static boolean sameAsBuiltIn(Path own, String name) {
        try (InputStream in = RouteFiles.class.getClassLoader().getResourceAsStream("routes/" + name)) {
            return in != null && Arrays.equals(in.readAllBytes(), Files.readAllBytes(own));
        } catch (IOException e) {
            throw new UncheckedIOException(own + " cannot be read", e);
        }
    }

    private List<Path> ownFiles() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> own = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(file -> file.getFileName().toString().endsWith(".camel.yaml"))
                    .filter(file -> !BUILT_IN.contains(
                            folder.relativize(file).toString().replace('\\', '/')))
                    .sorted()
                    .forEach(own::add);
        } catch (IOException e) {
            throw new UncheckedIOException("The routes folder " + folder + " cannot be read", e);
        }
        return own;
    }

    private static void load(CamelContext camel, String location) {
        Resource resource = ResourceHelper.resolveResource(camel, location);
        try {
            PluginHelper.getRoutesLoader(camel).loadRoutes(resource);
        } catch (Exception e) {
            LOG.debug("Route file {} is refused", location, e);
            throw new SettingsException("The route file " + location.substring(location.indexOf(':') + 1)
                    + " cannot be loaded: " + firstLine(e) + ". Mend it, or remove it to use the built-in one.");
        }
    }

    private static String firstLine(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage()).strip().replaceAll("\\s*\\n\\s*", " ");
    }
}
