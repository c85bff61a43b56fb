package io.tsunagi;

import io.tsunagi.config.Finding;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.line.LineCheck;
import io.tsunagi.salesforce.SalesforceCheck;
import io.tsunagi.store.StoreCommands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.FromDefinition;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.ToDefinition;

/**
 * Looks at an installation before it is started: settings, files, routes, database, LINE, Salesforce. Changes nothing,
 * sends nothing, and goes on after what is wrong, so that one run tells all.
 */
final class Check {
    private final Settings settings;
    private final Path home;
    private final List<Finding> found = new ArrayList<>();

    Check(Settings settings, Path home) {
        this.settings = settings;
        this.home = home;
    }

    List<Finding> look() throws InterruptedException {
        ConfigFiles files = new ConfigFiles(home, settings);
        look("The texts to customers can be read.", files::texts);
        look("The hand-off rules can be read.", files::handOffRules);
        look("The canned answers can be read.", files::cannedAnswers);
        look("The cards can be read.", files::cards);
        look("The keeping rules can be read.", files::keepingRules);
        look("The routes can be read.", this::routes);
        database();
        try {
            found.addAll(new LineCheck(settings).look());
        } catch (SettingsException e) {
            found.add(Finding.wrong(e.getMessage()));
        }
        try {
            found.add(SalesforceCheck.look(settings));
        } catch (SettingsException e) {
            found.add(Finding.wrong(e.getMessage()));
        }
        return List.copyOf(found);
    }

    private interface Look {
        Object look() throws Exception;
    }

    private void look(String good, Look look) {
        try {
            look.look();
            found.add(Finding.good(good));
        } catch (SettingsException e) {
            found.add(Finding.wrong(e.getMessage()));
        } catch (Exception e) {
            found.add(Finding.wrong(e.getClass().getSimpleName() + ": " + e.getMessage()));
        }
    }

    /** Reads the files and looks for components that are not there; what else a route needs shows at the start. */
    private Object routes() throws Exception {
        try (DefaultCamelContext camel = new DefaultCamelContext(false)) {
            settings.placeholders()
                    .forEach((key, value) -> camel.getPropertiesComponent().addOverrideProperty(key, value));
            camel.build();
            new RouteFiles(home.resolve(settings.needed("hub.routes.folder"))).load(camel);
            Set<String> unknown = new TreeSet<>();
            for (RouteDefinition route : ((ModelCamelContext) camel).getRouteDefinitions()) {
                FromDefinition from = route.getInput();
                refuseUnknown(camel, route, from.getEndpointUri(), unknown);
                ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), ToDefinition.class)
                        .forEach(to -> refuseUnknown(camel, route, to.getEndpointUri(), unknown));
            }
            if (!unknown.isEmpty()) {
                throw new SettingsException(String.join(" ", unknown));
            }
            return camel;
        }
    }

    private static void refuseUnknown(CamelContext camel, RouteDefinition route, String uri, Set<String> unknown) {
        String scheme = camel.resolvePropertyPlaceholders(uri).replaceFirst(":.*", "");
        if (!scheme.equals("platform-http")
                && !scheme.equals("rest")
                && camel.getComponent(scheme, true, false) == null) {
            unknown.add(
                    "The route " + route.getRouteId() + " uses " + scheme + ":, which is no component of this hub.");
        }
    }

    private void database() {
        try {
            StoreCommands.Found database = StoreCommands.look(settings);
            boolean refuses = settings.needed("hub.store.migrate").equals("check");
            if (!database.there()) {
                found.add(Finding.note("The embedded database has no file yet; the first start makes it."));
            } else if (database.pending().isEmpty()) {
                found.add(Finding.good("The database has the schema " + database.version() + " and these keys."));
            } else if (refuses) {
                found.add(Finding.wrong("The database's schema "
                        + (database.version().isEmpty() ? "is not there yet" : database.version() + " is older")
                        + "; with hub.store.migrate=check the hub does not start. Run the command migrate."));
            } else {
                found.add(Finding.note("The start will bring the database's schema up to date: "
                        + String.join(", ", database.pending()) + "."));
            }
            if (Files.notExists(Path.of(settings.needed("hub.store.key-dir")))) {
                found.add(Finding.note("The first start makes the keys in " + settings.needed("hub.store.key-dir")
                        + "; back them up apart from the database."));
            }
        } catch (SettingsException e) {
            found.add(Finding.wrong(e.getMessage()));
        }
    }
}
