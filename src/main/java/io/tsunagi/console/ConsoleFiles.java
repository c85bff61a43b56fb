package io.tsunagi.console;

import io.tsunagi.web.Embedding;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Serves the console: one document for every screen, its scripts and styles, and the libraries its import map names, all
 * from the class path. Nothing is inline but the import map, whose hash stands in the Content-Security-Policy.
 *
 * <p>The chat of a Case ({@code /embed/cases/KEY}) may stand in a frame of the pages {@link Embedding} names; nothing else
 * may in any, and while it names none the address is unknown.
 */
public final class ConsoleFiles {
    private static final Pattern IMPORT_MAP =
            Pattern.compile("<script type=\"importmap\">(.*?)</script>", Pattern.DOTALL);
    private static final Pattern MAPPED = Pattern.compile("\"([^\"]+)\": \"(/lib/[^\"]+)\"");
    private static final Pattern IMPORTED =
            Pattern.compile("(?:^|;)\\s*(?:import|export)[^;()='\"]*['\"]([^'\"]+)['\"]", Pattern.MULTILINE);
    private static final String BEGIN = "<script type=\"module\" src=\"/console/app.js\">";
    private static final Pattern LIBRARY = Pattern.compile("/lib/([a-z0-9_.-]+)@([0-9][0-9A-Za-z.-]*)/");
    private static final Pattern SAFE_PATH = Pattern.compile("[A-Za-z0-9_@./-]+");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml",
            "ttf", "font/ttf",
            "properties", "text/plain; charset=utf-8",
            "json", "application/json");

    private record File(byte[] bytes, String type, String tag) {}

    private final Map<String, File> files = new ConcurrentHashMap<>();
    private final byte[] document;
    private final String policy;
    private final Embedding embedding;
    private final Predicate<String> notOurs;
    private final BiPredicate<String, byte[]> delivered;
    private final Set<String> libraries = new HashSet<>();

    /**
     * Reads what the first screen needs.
     *
     * @param notOurs which paths are for customers and LINE: no page of the console stands there
     * @param delivered whether bytes are those of a file that was delivered, by its name on the class path; others are not there
     */
    public ConsoleFiles(Embedding embedding, Predicate<String> notOurs, BiPredicate<String, byte[]> delivered) {
        this.embedding = embedding;
        this.notOurs = notOurs;
        this.delivered = delivered;
        String page = read("console/index.html")
                .filter(bytes -> delivered.test("console/index.html", bytes))
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElseThrow(() -> new IllegalStateException("The console is missing: this jar is not complete"));
        Matcher map = IMPORT_MAP.matcher(page);
        if (!map.find()) {
            throw new IllegalStateException("console/index.html has no import map");
        }
        Matcher library = LIBRARY.matcher(map.group(1));
        while (library.find()) {
            libraries.add(library.group(1) + "@" + library.group(2));
        }
        policy = "default-src 'none'; script-src 'self' 'sha256-"
                + sha256(map.group(1).getBytes(StandardCharsets.UTF_8))
                + "'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; base-uri 'none';"
                + " form-action 'self'; require-trusted-types-for 'script'; trusted-types lit-html; ";
        String preloads = modules(map.group(1)).stream()
                .map(path -> "<link rel=\"modulepreload\" href=\"" + path + "\">\n")
                .collect(Collectors.joining());
        document = page.replace(BEGIN, preloads + BEGIN).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Gives every module the page runs at its start, so that a browser asks for all of them at once instead of each after the
     * one that names it.
     */
    private Set<String> modules(String importMap) {
        // The longest name that fits wins, as in browsers.
        SortedMap<String, String> mapped = new TreeMap<>(
                Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()));
        Matcher entry = MAPPED.matcher(importMap);
        while (entry.find()) {
            mapped.put(entry.group(1), entry.group(2));
        }
        Set<String> modules = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of("/console/app.js"));
        while (!open.isEmpty()) {
            String path = open.pop();
            if (!modules.add(path)) {
                continue;
            }
            File module = (path.startsWith("/lib/") ? library(path) : file(path))
                    .orElseThrow(() -> new IllegalStateException("The console lacks its module " + path));
            Matcher imported = IMPORTED.matcher(new String(module.bytes(), StandardCharsets.UTF_8));
            while (imported.find()) {
                open.add(address(path, imported.group(1), mapped));
            }
        }
        return modules;
    }

    private static String address(String from, String name, SortedMap<String, String> mapped) {
        if (name.startsWith(".")) {
            return URI.create(from).resolve(name).getPath();
        }
        return mapped.entrySet().stream()
                .filter(each ->
                        name.equals(each.getKey()) || each.getKey().endsWith("/") && name.startsWith(each.getKey()))
                .map(each -> each.getValue() + name.substring(each.getKey().length()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("The import map does not know " + name));
    }

    public void mount(Router router) {
        router.route(HttpMethod.GET, "/console/*").handler(ctx -> serve(ctx, "no-cache", file(ctx.normalizedPath())));
        router.route(HttpMethod.GET, "/lib/*")
                .handler(ctx -> serve(ctx, "public, max-age=31536000, immutable", library(ctx.normalizedPath())));
        router.route(HttpMethod.GET, "/embed/*").handler(ctx -> {
            if (embedding.allowed()) {
                open(ctx, embedding.directive());
            } else {
                ctx.response().setStatusCode(404).end();
            }
        });
        router.route(HttpMethod.GET, "/*").handler(ctx -> {
            String path = ctx.normalizedPath();
            boolean page = !path.startsWith("/api/") && !notOurs.test(path) && path.indexOf('.') < 0;
            if (page) {
                open(ctx, "frame-ancestors 'none'");
            } else {
                ctx.next();
            }
        });
    }

    private void open(RoutingContext ctx, String frames) {
        ctx.response().putHeader("Content-Security-Policy", policy + frames);
        ctx.response().putHeader("Content-Type", TYPES.get("html"));
        ctx.response().putHeader("Cache-Control", "no-cache");
        ctx.end(Buffer.buffer(document));
    }

    private void serve(RoutingContext ctx, String cache, Optional<File> file) {
        if (file.isEmpty()) {
            ctx.response().setStatusCode(404).end();
            return;
        }
        ctx.response().putHeader("Cache-Control", cache);
        ctx.response().putHeader("ETag", file.get().tag());
        if (file.get().tag().equals(ctx.request().getHeader("If-None-Match"))) {
            ctx.response().setStatusCode(304).end();
            return;
        }
        ctx.response().putHeader("Content-Type", file.get().type());
        ctx.end(Buffer.buffer(file.get().bytes()));
    }

    private Optional<File> file(String path) {
        return load(path.substring(1));
    }

    private Optional<File> library(String path) {
        Matcher library = LIBRARY.matcher(path);
        if (!library.lookingAt() || !libraries.contains(library.group(1) + "@" + library.group(2))) {
            return Optional.empty();
        }
        return load("META-INF/resources/webjars/" + library.group(1) + "/" + library.group(2) + "/"
                + path.substring(library.end()));
    }

    private Optional<File> load(String resource) {
        if (!SAFE_PATH.matcher(resource).matches() || resource.contains("..")) {
            return Optional.empty();
        }
        String type = TYPES.get(resource.substring(resource.lastIndexOf('.') + 1));
        File known = files.get(resource);
        if (known != null || type == null) {
            return Optional.ofNullable(known);
        }
        // Only what exists is remembered: names of nothing would fill the memory.
        Optional<File> found = read(resource)
                .filter(bytes -> delivered.test(resource, bytes))
                .map(bytes -> new File(bytes, type, '"' + sha256(bytes) + '"'));
        found.ifPresent(file -> files.put(resource, file));
        return found;
    }

    private static Optional<byte[]> read(String resource) {
        try (InputStream in = ConsoleFiles.class.getClassLoader().getResourceAsStream(resource)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
