package io.tsunagi.sandbox.line;

import java.util.List;

/** The invented people who own a phone when the sandbox starts. */
final class SeedCustomers {

    record Seed(String id, String displayName, String language, String account, boolean blocked) {}

    static final List<Seed> ALL = List.of(
            new Seed("U5a0b1c2d3e4f5061728394a5b6c7d801", "佐々木 美咲", "ja", "main", false),
            new Seed("U5a0b1c2d3e4f5061728394a5b6c7d802", "小川 雪", "ja", "main", false),
            new Seed("U5a0b1c2d3e4f5061728394a5b6c7d803", "Emma Wright", "en", "global", false),
            new Seed("U5a0b1c2d3e4f5061728394a5b6c7d804", "川口 颯太", "ja", "main", false),
            new Seed("U5a0b1c2d3e4f5061728394a5b6c7d805", "陳 思涵", "zh-TW", "main", false),
            new Seed("U5a0b1c2d3e4f5061728394a5b6c7d806", "後藤 剛太", "ja", "main", true));

    private SeedCustomers() {}
}
