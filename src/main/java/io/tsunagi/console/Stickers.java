package io.tsunagi.console;

import java.util.ArrayList;
import java.util.List;

/** Stickers of the picker, all of which LINE lets an account send, with words to find them by. */
final class Stickers {
    record Sticker(String packageId, String stickerId, List<String> keywords, List<String> keywordsEn) {}

    private static final List<Sticker> ALL = new ArrayList<>();

    static {
        add("446", "1988", "こんにちは,あいさつ", "hello,greeting");
        add("446", "1989", "了解,OK", "ok,understood");
        add("446", "1990", "お願い", "please");
        add("446", "1991", "がんばります", "do my best");
        add("446", "1992", "びっくり", "surprised");
        add("446", "1993", "笑顔,うれしい", "happy,smile");
        add("446", "1994", "ごめんなさい,謝る", "sorry");
        add("446", "1995", "考え中,確認中", "thinking,checking");
        add("446", "1998", "お辞儀,ありがとう", "bow,thank you");
        add("446", "2005", "バイバイ,またね", "bye");
        add("789", "10855", "ありがとう", "thank you");
        add("789", "10856", "お疲れさま", "well done");
        add("789", "10857", "お待ちください", "please wait");
        add("789", "10858", "よろしく", "nice to meet you");
        add("1070", "17839", "こんにちは", "hello");
        add("1070", "17840", "OK,了解", "ok");
        add("6325", "10979904", "ありがとう", "thank you");
        add("6325", "10979905", "すみません", "sorry");
        add("11537", "52002734", "ありがとう", "thank you");
        add("11537", "52002735", "OK,了解", "ok");
        add("11537", "52002736", "よろこび", "joy");
        add("11538", "51626494", "ありがとう", "thank you");
        add("11539", "52114110", "OK,了解", "ok");
    }

    private Stickers() {}

    private static void add(String packageId, String stickerId, String ja, String en) {
        ALL.add(new Sticker(packageId, stickerId, List.of(ja.split(",")), List.of(en.split(","))));
    }

    static List<Sticker> all() {
        return List.copyOf(ALL);
    }
}
