package io.tsunagi.voice;

import io.tsunagi.bot.Texts;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * Answers phones that open the address of an offered call. The address is the permission: it cannot be guessed (192 random
 * bits), leads to the call once, and ends with the offer.
 */
public final class CallLinks {
    private static final String STYLE =
            "body{font:17px/1.7 system-ui,sans-serif;max-width:26em;margin:20vh auto 0;padding:0 1.5em;text-wrap:pretty}";

    private final Calls calls;
    private final Texts texts;

    public CallLinks(Calls calls, Texts texts) {
        this.calls = calls;
        this.texts = texts;
    }

    /** Sends the phone on to the call (303); says that the address is over (410), or that there is none (404). */
    public void open(Exchange exchange) {
        Message message = exchange.getMessage();
        String token = message.getHeader("token", "", String.class);
        String wanted = message.getHeader("Accept-Language", "", String.class);
        message.removeHeaders("*");
        message.setBody(null);
        message.setHeader("Cache-Control", "no-store");
        message.setHeader("Referrer-Policy", "no-referrer");
        Calls.Opening opening = calls.open(token);
        if (opening instanceof Calls.Opening.To to) {
            message.setHeader(Exchange.HTTP_RESPONSE_CODE, 303);
            message.setHeader("Location", to.address());
        } else if (opening instanceof Calls.Opening.Over over) {
            page(message, 410, over.language(), over.used() ? "call.link-used" : "call.link-over");
        } else {
            page(message, 404, wanted.isEmpty() ? "en" : wanted.split("[,;-]", 2)[0], "call.link-over");
        }
    }

    private void page(Message message, int status, String language, String key) {
        String spoken = texts.spoken(language, key);
        message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        message.setHeader(Exchange.CONTENT_TYPE, "text/html; charset=utf-8");
        message.setHeader(
                "Content-Security-Policy",
                "default-src 'none'; style-src '" + hash(STYLE) + "'; frame-ancestors 'none'");
        message.setBody("""
                <!doctype html><html lang="%s"><head><meta charset="utf-8"><title>%s</title>\
                <meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">\
                <style>%s</style></head><body><main><p>%s</p></main></body></html>
                """.formatted(
                        spoken,
                        escaped(texts.say(language, "call.button-label", Map.of())),
                        STYLE,
                        escaped(texts.say(language, key, Map.of()))));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String hash(String style) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(style.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
