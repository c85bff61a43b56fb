package io.tsunagi.web;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Says which pages of others may show a chat of the console in a frame: those of the origins in
 * {@code hub.console.frame-ancestors}, as shipped none. Everything else of the hub stands in no frame.
 *
 * <p>The frame of another site has a cookie of its own, which browsers keep only over https, or on the machine itself.
 *
 * @param origins such as {@code https://example.lightning.force.com}
 */
public record Embedding(List<String> origins) {
    private static final String KEY = "hub.console.frame-ancestors";
    private static final String LOOPBACK = "http://(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]{1,5})?";

    /** Scheme, host and port as a browser writes them; whatever else a policy could mean by it is refused. */
    private static final Pattern ORIGIN =
            Pattern.compile("https://[a-z0-9](-*[a-z0-9])*(\\.[a-z0-9](-*[a-z0-9])*)*(:[0-9]{1,5})?|" + LOOPBACK);

    public Embedding {
        origins = List.copyOf(origins);
    }

    /**
     * Reads and checks the setting.
     *
     * @throws SettingsException when an entry is not an origin, or when browsers could not keep a frame's cookie
     */
    public static Embedding of(Settings settings) {
        List<String> origins = settings.list(KEY);
        for (String origin : origins) {
            if (!ORIGIN.matcher(origin).matches()) {
                throw new SettingsException("The setting " + KEY + " holds '" + origin + "', which is not the origin of"
                        + " one page. Write it as the browser does, such as https://example.lightning.force.com: https,"
                        + " small letters, no path, no *.");
            }
        }
        String address = settings.needed("hub.http.public-url");
        if (!origins.isEmpty() && !address.startsWith("https://") && !address.matches(LOOPBACK)) {
            throw new SettingsException("The setting " + KEY
                    + " lets pages show chats in frames, and there browsers keep"
                    + " a sign-in only over https: let hub.http.public-url begin with https://, or empty " + KEY + ".");
        }
        return new Embedding(origins);
    }

    public boolean allowed() {
        return !origins.isEmpty();
    }

    /** Gives the directive of a Content-Security-Policy for what may stand in a frame. */
    public String directive() {
        return "frame-ancestors " + (allowed() ? String.join(" ", origins) : "'none'");
    }
}
