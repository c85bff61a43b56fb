package io.tsunagi;

import io.tsunagi.access.SecondFactor;
import io.tsunagi.config.Finding;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.line.LineCheck;
import io.tsunagi.routes.RouteFault;
import io.tsunagi.routes.RouteReview;
import io.tsunagi.salesforce.SalesforceCheck;
import io.tsunagi.store.StoreCommands;
import io.tsunagi.web.Doors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

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
        look("The approval rules can be read.", files::approvalRules);
        look("The rules of what is hidden can be read.", files::sensitiveWords);
        look("The keeping rules can be read.", files::keepingRules);
        look("The opening hours can be read.", files::openingHours);
        look("A hub would take the routes.", this::routes);
        found.addAll(Doors.look(settings, Clock.systemUTC()));
        found.addAll(SecondFactor.look(settings));
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

    /** Holds the files to all rules, builds them and plays the samples, as a hub does before it takes them. */
    private Object routes() {
        List<RouteFault> faults = new RouteReview(
                        home.resolve(settings.needed("hub.routes.folder")), () -> Hub.stage(settings, home, List::of))
                .faults();
        if (!faults.isEmpty()) {
            throw new SettingsException(
                    faults.stream().map(RouteFault::toString).collect(Collectors.joining(" ")));
        }
        return faults;
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
