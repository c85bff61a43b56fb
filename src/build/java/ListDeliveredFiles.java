import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Lists what the build delivers beside its classes, each file with its SHA-256, for {@code io.tsunagi.ops.DeliveredFiles} to
 * compare with at the start. The build runs it from its source: {@code java ListDeliveredFiles.java CLASSES CLASSPATH LIST}.
 */
final class ListDeliveredFiles {
    private static final Pattern OURS = Pattern.compile("(console|routes|config|bot|db)/.+|jolokia-access\\.xml");
    private static final Pattern LIBRARIES =
            Pattern.compile("META-INF/resources/webjars/lit(?!.*/(node|development)/).+\\.js");

    private ListDeliveredFiles() {}

    public static void main(String[] args) throws IOException, GeneralSecurityException {
        Path classes = Path.of(args[0]);
        Map<String, String> hashes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(classes)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = classes.relativize(file).toString().replace('\\', '/');
                if (OURS.matcher(name).matches()) {
                    hashes.put(name, hash(Files.readAllBytes(file)));
                }
            }
        }
        for (String part :
                Files.readString(Path.of(args[1])).strip().split(Pattern.quote(java.io.File.pathSeparator))) {
            if (part.matches(".*[\\\\/]lit[^\\\\/]*\\.jar")) {
                library(part, hashes);
            }
        }
        Files.writeString(
                Path.of(args[2]),
                hashes.entrySet().stream()
                        .map(each -> each.getValue() + "  " + each.getKey() + "\n")
                        .collect(Collectors.joining()),
                StandardCharsets.UTF_8);
    }

    private static void library(String jar, Map<String, String> hashes) throws IOException, GeneralSecurityException {
        try (ZipFile zip = new ZipFile(jar)) {
            List<? extends ZipEntry> entries = zip.stream()
                    .filter(each -> LIBRARIES.matcher(each.getName()).matches())
                    .toList();
            for (ZipEntry entry : entries) {
                try (InputStream in = zip.getInputStream(entry)) {
                    hashes.put(entry.getName(), hash(in.readAllBytes()));
                }
            }
        }
    }

    private static String hash(byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
