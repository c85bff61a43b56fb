package io.tsunagi.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A recipe of {@code docs/integrate.md}, read out of the document: what stands between fences below its title.
 *
 * @param title as in the document
 * @param text all below it
 */
record Recipe(String title, String text) {
    private static final Pattern FENCE = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);
    private static final Pattern FILE = Pattern.compile("`routes/([a-z/-]+\\.camel\\.yaml)`, whole");

    /** The titles of all recipes, in the document's order. */
    static List<String> titles() throws IOException {
        return Pattern.compile("(?m)^### (.+)$")
                .matcher(all())
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    static Recipe of(String title) throws IOException {
        String all = all();
        int begin = all.indexOf("### " + title + "\n");
        if (begin < 0) {
            throw new AssertionError("docs/integrate.md has no recipe '" + title + "'");
        }
        int end = all.indexOf("\n### ", begin);
        return new Recipe(title, all.substring(begin, end < 0 ? all.length() : end));
    }

    private static String all() throws IOException {
        String document = Files.readString(Path.of("docs/integrate.md"));
        int begin = document.indexOf("\n## Recipes\n");
        return document.substring(begin, document.indexOf("\n## ", begin + 1));
    }

    /** Gives the n-th block of a kind, the first is 0. */
    String block(String kind, int n) {
        Matcher fence = FENCE.matcher(text);
        int met = 0;
        while (fence.find()) {
            if (fence.group(1).equals(kind) && met++ == n) {
                return fence.group(2);
            }
        }
        throw new AssertionError("The recipe '" + title + "' has no block " + n + " of " + kind);
    }

    /** Puts the whole route file of this recipe into the folder, with values for its variables. */
    void putFile(Path routes, Map<String, String> variables) throws IOException {
        Matcher name = FILE.matcher(text);
        if (!name.find()) {
            throw new AssertionError("The recipe '" + title + "' names no whole file");
        }
        String file = block("yaml", 0);
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            String before = file;
            file = file.replaceAll(
                    "\\{\\{env:" + variable.getKey() + "(:[^}]*)?}}", Matcher.quoteReplacement(variable.getValue()));
            if (file.equals(before)) {
                throw new AssertionError("The recipe '" + title + "' does not use " + variable.getKey());
            }
        }
        write(routes.resolve(name.group(1)), file);
    }

    /** The settings of this recipe. */
    Map<String, String> settings() throws IOException {
        Properties properties = new Properties();
        properties.load(new java.io.StringReader(block("properties", 0)));
        Map<String, String> settings = new TreeMap<>();
        properties.forEach((key, value) -> settings.put((String) key, (String) value));
        return settings;
    }

    /** Changes a shipped file's copy in the folder; the copy is made when there is none yet. */
    static void change(Path copy, Path shipped, String at, String with) throws IOException {
        String text = Files.readString(Files.exists(copy) ? copy : shipped);
        if (!text.contains(at)) {
            throw new AssertionError(shipped + " has no more: " + at);
        }
        write(copy, text.replace(at, with));
    }

    static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
