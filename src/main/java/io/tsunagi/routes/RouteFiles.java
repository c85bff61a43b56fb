package io.tsunagi.routes;

import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Finds the route files: those built into the jar, each replaced by the file of the same name in the routes folder, and
 * whatever else stands there.
 *
 * <p>Core files (the turn, the delivery, sign-in) keep the promises the product makes and cannot be replaced. Files and
 * folders whose name begins with a dot are not looked at: editors and Kubernetes keep their own there.
 */
public final class RouteFiles {
    /** No flow comes near it; whatever is larger was put there by mistake. */
    static final int LARGEST_BYTES = 256 * 1024;

    private static final int MOST_FILES = 1000;
    private static final String ENDING = ".camel.yaml";

    /** Files whose routes nobody may replace. */
    public static final Set<String> CORE = Set.of(
            "common/on-error.camel.yaml",
            "common/leave-to-caller.camel.yaml",
            "line/take-turn.camel.yaml",
            "line/deliver-to-line.camel.yaml",
            "access/security-keys.camel.yaml",
            "access/sign-in.camel.yaml",
            "audit/copy-audit.camel.yaml",
            "audit/seal-audit.camel.yaml");

    /** Every built-in file, in the order of loading: what is failing by name comes first. */
    public static final List<String> BUILT_IN = List.of(
            "common/leave-to-caller.camel.yaml",
            "common/on-error.camel.yaml",
            "common/rest.camel.yaml",
            "access/purge-sessions.camel.yaml",
            "access/security-keys.camel.yaml",
            "access/sign-in.camel.yaml",
            "audit/copy-audit.camel.yaml",
            "audit/forget-audit.camel.yaml",
            "audit/seal-audit.camel.yaml",
            "audit/watch-audit.camel.yaml",
            "bot/answer-from-faq.camel.yaml",
            "bot/propose-articles.camel.yaml",
            "console/admin-api.camel.yaml",
            "console/audit-api.camel.yaml",
            "console/canned-api.camel.yaml",
            "console/inquiries-api.camel.yaml",
            "console/keeping-api.camel.yaml",
            "console/people-api.camel.yaml",
            "console/proposals-api.camel.yaml",
            "console/translation-api.camel.yaml",
            "console/workspace-api.camel.yaml",
            "dispatch/assign-inquiries.camel.yaml",
            "dispatch/hand-off.camel.yaml",
            "dispatch/on-hand-off.camel.yaml",
            "dispatch/pass-on-offers.camel.yaml",
            "dispatch/watch-screens.camel.yaml",
            "inquiry/close-silent-inquiries.camel.yaml",
            "inquiry/forget-events.camel.yaml",
            "keeping/purge-by-rule.camel.yaml",
            "keeping/verify-retention.camel.yaml",
            "line/control-chats.camel.yaml",
            "line/deliver-to-line.camel.yaml",
            "line/fetch-line-profile.camel.yaml",
            "line/get-line-content.camel.yaml",
            "line/handle-event.camel.yaml",
            "line/read-line-quota.camel.yaml",
            "line/renew-line-tokens.camel.yaml",
            "line/show-sticker.camel.yaml",
            "line/take-turn.camel.yaml",
            "line/tell-typing.camel.yaml",
            "line/test-line-webhooks.camel.yaml",
            "media/fetch-media.camel.yaml",
            "media/purge-media.camel.yaml",
            "media/serve-media.camel.yaml",
            "media/sweep-media.camel.yaml",
            "salesforce/call-salesforce.camel.yaml",
            "salesforce/close-case.camel.yaml",
            "salesforce/compare-transcripts.camel.yaml",
            "salesforce/create-articles.camel.yaml",
            "salesforce/hear-changes.camel.yaml",
            "salesforce/link-article.camel.yaml",
            "salesforce/look-for-changes.camel.yaml",
            "salesforce/open-case.camel.yaml",
            "salesforce/read-customer.camel.yaml",
            "salesforce/refresh-knowledge.camel.yaml",
            "salesforce/search-knowledge.camel.yaml",
            "salesforce/sweep-salesforce.camel.yaml",
            "salesforce/sync-to-salesforce.camel.yaml",
            "salesforce/take-heard-changes.camel.yaml",
            "salesforce/update-case.camel.yaml",
            "salesforce/write-case.camel.yaml",
            "salesforce/write-summary.camel.yaml",
            "salesforce/write-survey.camel.yaml",
            "salesforce/write-transcript.camel.yaml",
            "salesforce/write-work.camel.yaml",
            "survey/take-survey-answer.camel.yaml",
            "translate/translate-words.camel.yaml",
            "voice/expire-calls.camel.yaml",
            "voice/open-call.camel.yaml");

    private final Path folder;

    public RouteFiles(Path folder) {
        this.folder = folder;
    }

    /** Gives the built-in files in the order of loading. */
    static Map<String, RouteFile> builtIn() {
        Map<String, RouteFile> files = new LinkedHashMap<>();
        BUILT_IN.forEach(name -> files.put(name, new RouteFile(name, resource("routes/" + name))));
        return files;
    }

    static String resource(String name) {
        try (InputStream in = RouteFiles.class.getClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing: this jar is not complete");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be read", e);
        }
    }

    Path folder() {
        return folder;
    }

    /** Gives the names of the route files in the folder, in order, core ones too. */
    List<String> inFolder() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(ENDING))
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> !name.startsWith(".") && !name.contains("/."))
                    .filter(name -> Files.isRegularFile(folder.resolve(name)))
                    .sorted()
                    .limit(MOST_FILES)
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new SettingsException("The routes folder " + folder + " cannot be read: " + e.getMessage());
        }
    }

    /**
     * Reads a file of the folder.
     *
     * @throws RefusedRoutesException when it is too large or no text
     * @throws IOException when it cannot be read just now
     */
    RouteFile read(String name) throws IOException {
        Path file = folder.resolve(name);
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LARGEST_BYTES + 1);
        }
        if (bytes.length > LARGEST_BYTES) {
            throw new RefusedRoutesException(List.of(new RouteFault(
                    name,
                    1,
                    "size",
                    "the file has more than " + LARGEST_BYTES / 1024 + " KiB; split it into one flow a file")));
        }
        try {
            return new RouteFile(
                    name,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (CharacterCodingException e) {
            throw new RefusedRoutesException(
                    List.of(new RouteFault(name, 1, "encoding", "the file is not UTF-8; save it as UTF-8")));
        }
    }

    /** Says when and how long a file is, to notice a change; empty when it is gone. */
    String look(String name) {
        Path file = folder.resolve(name);
        try {
            return Files.getLastModifiedTime(file) + " " + Files.size(file) + " "
                    + Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                            .fileKey();
        } catch (IOException gone) {
            return "";
        }
    }

    /** Gives what {@link #look} says of every file that may be used. */
    Map<String, String> looks() {
        Map<String, String> looks = new TreeMap<>();
        inFolder().stream().filter(name -> !CORE.contains(name)).forEach(name -> looks.put(name, look(name)));
        return looks;
    }
}
