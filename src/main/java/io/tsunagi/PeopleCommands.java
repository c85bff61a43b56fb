package io.tsunagi;

import io.tsunagi.access.Invitations;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Passwords;
import io.tsunagi.access.Person;
import io.tsunagi.access.SecondFactor;
import io.tsunagi.access.Sessions;
import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Store;
import java.time.Clock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The way back in when no administrator is left who could invite. */
@Command(name = "people", description = "Lets people in again.", mixinStandardHelpOptions = true)
final class PeopleCommands {
    @ParentCommand
    Commands all;

    @Command(
            name = "invite",
            description = {
                "Prints a link by which somebody sets a new password; it works once and ends by itself.",
                "The people's screen does the same: use this when no administrator can sign in."
            },
            mixinStandardHelpOptions = true)
    int invite(
            @Parameters(paramLabel = "NAME", description = "The name to sign in with.") String name,
            @Option(
                            names = "--new-factor",
                            description = "Takes the second factor away too: a new one is set up with the password.")
                    boolean newFactor) {
        return all.withStore(store -> {
            Settings settings = all.settings();
            Clock clock = store.clock();
            Audit audit = new Audit(store, clock);
            Person person = new Operators(store, audit, clock, new Passwords(), settings)
                    .byName(name)
                    .orElseThrow(() -> new SettingsException("Nobody is called " + name + "."));
            Invitations.Made made =
                    invitations(store, audit, clock, settings).make(person.id(), newFactor, Commands.by(), null);
            all.out().println(made.address());
            all.out().println("The link works once, until " + made.endsAt() + ".");
            return 0;
        });
    }

    private static Invitations invitations(Store store, Audit audit, Clock clock, Settings settings) {
        return new Invitations(
                store,
                new Sessions(store, clock, settings),
                new SecondFactor(store, clock, settings),
                audit,
                clock,
                new Passwords(),
                settings);
    }
}
