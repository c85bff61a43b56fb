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
 * bits), leads to the call once, and ends with the offer. Looking at it (GET) shows a page with a button and uses nothing up,
 * as programs look that draw previews or search for malware; only who presses the button (POST) goes on to the call.
 */
public final class CallLinks {
    private static final String STYLE =
            "body{font:17px/1.7 system-ui,sans-serif;max-width:26em;margin:20vh auto 0;padding:0 1.5em;text-wrap:pretty}"
                    + "button{font:inherit;font-weight:600;width:100%;min-height:52px;border:0;border-radius:10px;"
                    + "background:#06703e;color:#fff}";

    private final Calls calls;
    private final Texts texts;

    public CallLinks(Calls calls, Texts texts) {
        this.calls = calls;
        this.texts = texts;
    }

    /**
     * Shows the button (200), or sends the phone that pressed it on to the call (303); says that the address is over (410),
     * or that there is none (404).
     */
    public void open(Exchange exchange) {
        Message message = exchange.getMessage();
        boolean pressed =
                message.getHeader(Exchange.HTTP_METHOD, "", String.class).equals("POST");
        String token = message.getHeader("token", "", String.class);
        String wanted = message.getHeader("Accept-Language", "", String.class);
        message.removeHeaders("*");
        message.setBody(null);
        message.setHeader("Cache-Control", "no-store");
        message.setHeader("Referrer-Policy", "no-referrer");
        Calls.Opening opening = pressed ? calls.open(token) : calls.look(token);
        if (opening instanceof Calls.Opening.To to && !pressed) {
            page(message, 200, to.language(), "call.press");
        } else if (opening instanceof Calls.Opening.To to) {
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
        String label = escaped(texts.say(language, "call.button-label", Map.of()));
        String button = status == 200 ? "<form method=\"post\"><button>" + label + "</button></form>" : "";
        message.setBody("""
                <!doctype html><html lang="%s"><head><meta charset="utf-8"><title>%s</title>\
                <meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">\
                <style>%s</style></head><body><main><p>%s</p>%s</main></body></html>
                """.formatted(spoken, label, STYLE, escaped(texts.say(language, key, Map.of())), button));
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
