package io.tsunagi.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Period;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The hub's configuration: built-in defaults, then {@code hub.properties} of the configuration folder, then the
 * profile's file, then the environment, each winning over the one before.
 *
 * <p>{@code hub.media.keep} is {@code HUB_MEDIA_KEEP} in the environment. A secret may stand in a file instead, named by
 * the key with {@code -file} behind it. Every accessor throws {@link SettingsException} with a sentence that names the
 * key when the value is missing or cannot be read. Immutable and safe for many threads.
 */
public final class Settings {
    /** Keys that carry a name chosen by whoever configures the hub, and so stand in no list. */
    private static final Pattern NAMED =
            Pattern.compile("hub\\.(line\\.account|access\\.person)\\.[a-z0-9-]+\\.[a-z0-9-]+");

    private static final String DEFAULTS = "config/hub.properties";

    private static final Pattern SECRET = Pattern.compile(".*(secret|token|password|key|jwk)(-old)?(-file)?$");

    /** What an address or a JDBC URL says of who may use it. */
    private static final Pattern CREDENTIALS =
            Pattern.compile("(?i)(//)[^/?#\\s]+(?=@)|([?;&][^=;&]*(?:password|secret|token|key)=)[^;&]*");

    private final Map<String, String> values;
    private final Map<String, Origin> origins;
    private final Map<String, String> environment;
    private final String profile;

    private Settings(
            Map<String, String> values, Map<String, Origin> origins, Map<String, String> environment, String profile) {
        this.values = values;
        this.origins = origins;
        this.environment = environment;
        this.profile = profile;
    }

    /** Where a value was found. */
    public enum Origin {
        /** The built-in one. */
        DEFAULT,
        /** {@code hub.properties} of the configuration folder. */
        FILE,
        /** The profile's file. */
        PROFILE,
        /** The command line. */
        START,
        /** An environment variable. */
        ENVIRONMENT
    }

    /**
     * A setting as the hub sees it.
     *
     * @param value what it is, without credentials; null for a secret
     * @param given whether it is set to anything
     */
    public record Entry(String key, String value, boolean secret, boolean given, Origin origin) {}

    /**
     * Reads the configuration.
     *
     * @param folder where {@code hub.properties} and {@code <profile>.properties} are looked for; both may be absent
     * @param profile name of a further file, or empty for none
     * @param environment usually {@link System#getenv()}
     * @param overrides values that win over everything, as given on the command line or by a test
     */
    public static Settings load(
            Path folder, String profile, Map<String, String> environment, Map<String, String> overrides) {
        Map<String, String> values = defaults();
        List<String> known = List.copyOf(values.keySet());
        Map<String, Origin> origins = new TreeMap<>();
        Map<String, String> inFile = new TreeMap<>();
        readFile(folder.resolve("hub.properties"), inFile);
        add(inFile, Origin.FILE, values, origins);
        if (!profile.isEmpty()) {
            Path file = folder.resolve(profile + ".properties");
            Map<String, String> inProfile = new TreeMap<>();
            if (Files.exists(file)) {
                readFile(file, inProfile);
            } else {
                readResource("config/" + profile + ".properties", file, inProfile);
            }
            add(inProfile, Origin.PROFILE, values, origins);
        }
        add(overrides, Origin.START, values, origins);
        return checked(values, origins, known, environment, profile);
    }

    /** Gives the built-in defaults with these values instead, whatever the environment and the folder say. */
    public static Settings of(String profile, Map<String, String> overrides) {
        Map<String, String> values = defaults();
        List<String> known = List.copyOf(values.keySet());
        Map<String, Origin> origins = new TreeMap<>();
        add(overrides, Origin.START, values, origins);
        return checked(values, origins, known, Map.of(), profile);
    }

    private static void add(
            Map<String, String> found, Origin origin, Map<String, String> values, Map<String, Origin> origins) {
        found.forEach((key, value) -> {
            values.put(key, value);
            origins.put(key, origin);
        });
    }

    /** Gives these settings with other values for some keys, whatever the environment and files of secrets say of those. */
    public Settings with(Map<String, String> others) {
        Map<String, String> changed = new TreeMap<>(values);
        Map<String, String> around = new TreeMap<>(environment);
        others.keySet().forEach(key -> {
            changed.remove(key + "-file");
            around.remove(variable(key));
            around.remove(variable(key + "-file"));
        });
        Map<String, Origin> from = new TreeMap<>(origins);
        add(others, Origin.START, changed, from);
        return new Settings(Map.copyOf(changed), Map.copyOf(from), Map.copyOf(around), profile);
    }

    private static Map<String, String> defaults() {
        Map<String, String> values = new TreeMap<>();
        try (InputStream in = Settings.class.getClassLoader().getResourceAsStream(DEFAULTS)) {
            if (in == null) {
                throw new SettingsException("The built-in " + DEFAULTS + " is missing: this jar is not complete.");
            }
            read(new InputStreamReader(in, StandardCharsets.UTF_8), values);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return values;
    }

    private static Settings checked(
            Map<String, String> values,
            Map<String, Origin> origins,
            List<String> known,
            Map<String, String> environment,
            String profile) {
        for (String key : values.keySet()) {
            if (!known.contains(key) && !NAMED.matcher(key).matches() && !secretFile(key, known)) {
                throw new SettingsException("There is no setting " + key + nearest(key, known)
                        + ". config/hub.properties lists every setting with its meaning.");
            }
        }
        return new Settings(Map.copyOf(values), Map.copyOf(origins), Map.copyOf(environment), profile);
    }

    private static boolean secretFile(String key, List<String> known) {
        return key.endsWith("-file") && known.contains(key.substring(0, key.length() - "-file".length()));
    }

    private static String nearest(String key, List<String> known) {
        return known.stream()
                .filter(k -> distance(key, k) <= key.length() / 4)
                .min(Comparator.comparingInt(k -> distance(key, k)))
                .map(k -> "; did you mean " + k + "?")
                .orElse("");
    }

    /** Counts the letters to add, drop or change that make one of the other (Levenshtein). */
    private static int distance(String a, String b) {
        int[] row = IntStream.rangeClosed(0, b.length()).toArray();
        for (int i = 1; i <= a.length(); i++) {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int same = corner + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                corner = row[j];
                row[j] = Math.min(same, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    private static void readFile(Path file, Map<String, String> into) {
        if (!Files.exists(file)) {
            return;
        }
        try (Reader in = Files.newBufferedReader(file)) {
            read(in, into);
        } catch (IOException | IllegalArgumentException e) {
            throw new SettingsException("Cannot read " + file + ": " + e.getMessage());
        }
    }

    private static void readResource(String name, Path instead, Map<String, String> into) {
        try (InputStream in = Settings.class.getClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new SettingsException("The profile's file " + instead + " does not exist.");
            }
            read(new InputStreamReader(in, StandardCharsets.UTF_8), into);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(Reader in, Map<String, String> into) throws IOException {
        Properties properties = new Properties();
        properties.load(in);
        properties.forEach((key, value) -> into.put((String) key, ((String) value).strip()));
    }

    public String profile() {
        return profile;
    }

    /** Gives the value, empty when it is set to nothing. */
    public String text(String key) {
        return find(key).orElseThrow(() -> new SettingsException("The setting " + key + " is missing."));
    }

    /** Gives the value, refusing an empty one. */
    public String needed(String key) {
        String value = text(key);
        if (value.isEmpty()) {
            throw new SettingsException(
                    "The setting " + key + " is empty. Set it, or " + variable(key) + " in the environment.");
        }
        return value;
    }

    public Optional<String> find(String key) {
        String fromEnvironment = environment.get(variable(key));
        return Optional.ofNullable(fromEnvironment != null ? fromEnvironment.strip() : values.get(key));
    }

    /** Gives the values between commas, without empty ones. */
    public List<String> list(String key) {
        return Arrays.stream(text(key).split(","))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList();
    }

    /** Gives a secret from the setting itself or from the file that {@code <key>-file} names; empty when neither is set. */
    public Secret secret(String key) {
        Optional<String> file = find(key + "-file").filter(f -> !f.isEmpty());
        if (file.isEmpty()) {
            return new Secret(find(key).orElse(""));
        }
        try {
            return new Secret(Files.readString(Path.of(file.get())).strip());
        } catch (IOException e) {
            throw new SettingsException("The file " + file.get() + " that " + key + "-file names cannot be read.");
        }
    }

    /** Gives an ISO-8601 duration such as PT30S; days, weeks and months ({@code P30D}) count as days of 24 h. */
    public Duration duration(String key) {
        String value = needed(key);
        try {
            if (value.startsWith("P") && !value.contains("T")) {
                Period period = Period.parse(value);
                return Duration.ofDays(period.toTotalMonths() * 30 + period.getDays());
            }
            return Duration.parse(value);
        } catch (DateTimeException e) {
            throw new SettingsException(
                    "The setting " + key + " is '" + value + "', which is not an ISO duration such as PT30S or P30D.");
        }
    }

    public int whole(String key, int least, int most) {
        String value = needed(key);
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new SettingsException("The setting " + key + " is '" + value + "', which is not a whole number.");
        }
        throw new SettingsException(
                "The setting " + key + " is " + value + "; it must be between " + least + " and " + most + ".");
    }

    /** Gives the constant that the value names, whatever its case; {@code on-read} names {@code ON_READ}. */
    public <E extends Enum<E>> E choice(String key, Class<E> of) {
        String value = needed(key);
        for (E constant : of.getEnumConstants()) {
            if (word(constant).equals(value.toLowerCase(Locale.ROOT))) {
                return constant;
            }
        }
        throw new SettingsException("The setting " + key + " is '" + value + "'; it must be one of "
                + Arrays.stream(of.getEnumConstants()).map(Settings::word).toList() + ".");
    }

    /** Gives whether the value is {@code true}; it must be that or {@code false}. */
    public boolean flag(String key) {
        return choice(key, Flag.class) == Flag.TRUE;
    }

    private enum Flag {
        TRUE,
        FALSE
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public double share(String key) {
        String value = needed(key);
        try {
            double number = Double.parseDouble(value);
            if (number >= 0 && number <= 1) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new SettingsException("The setting " + key + " is '" + value + "', which is not a number.");
        }
        throw new SettingsException("The setting " + key + " is " + value + "; it must be between 0 and 1.");
    }

    public ZoneId zone(String key) {
        if (!ZoneId.getAvailableZoneIds().contains(needed(key))) {
            throw new SettingsException(
                    "The setting " + key + " is '" + text(key) + "', which is not a time zone such as Asia/Tokyo.");
        }
        return ZoneId.of(needed(key));
    }

    /** Gives every setting that is no secret, for Camel's property placeholders. */
    public Map<String, String> placeholders() {
        Map<String, String> open = new TreeMap<>();
        values.keySet().stream().filter(key -> !isSecret(key)).forEach(key -> open.put(key, text(key)));
        return open;
    }

    private static boolean isSecret(String key) {
        return SECRET.matcher(key).matches();
    }

    /** Gives every setting as the hub sees it and where that was found, by name; of a secret only whether it is given. */
    public List<Entry> entries() {
        return Stream.concat(values.keySet().stream(), namedInEnvironment())
                .distinct()
                .sorted()
                .map(key -> {
                    String value = text(key);
                    String file = isSecret(key) ? key + "-file" : "";
                    boolean inFile = find(file).filter(name -> !name.isEmpty()).isPresent();
                    return new Entry(
                            key,
                            isSecret(key) ? null : CREDENTIALS.matcher(value).replaceAll("$1$2[hidden]"),
                            isSecret(key),
                            inFile || !value.isEmpty(),
                            origin(inFile ? file : key));
                })
                .toList();
    }

    /** What only the environment says of the accounts and people that the configuration names. */
    private Stream<String> namedInEnvironment() {
        List<String> named = Stream.concat(
                        list("hub.line.accounts").stream().map(name -> "hub.line.account." + name + "."),
                        Stream.of("hub.access.staff", "hub.access.people")
                                .flatMap(people -> list(people).stream())
                                .map(name -> "hub.access.person." + name + "."))
                .distinct()
                .sorted(Comparator.comparing(String::length).reversed())
                .toList();
        return environment.keySet().stream().flatMap(variable -> named.stream()
                .filter(prefix -> variable.startsWith(variable(prefix)) && variable.length() > prefix.length())
                .limit(1)
                .map(prefix -> prefix
                        + variable.substring(prefix.length())
                                .toLowerCase(Locale.ROOT)
                                .replace('_', '-')));
    }

    private Origin origin(String key) {
        return environment.containsKey(variable(key)) ? Origin.ENVIRONMENT : origins.getOrDefault(key, Origin.DEFAULT);
    }

    private static String variable(String key) {
        return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
