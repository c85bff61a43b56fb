package io.tsunagi.bot;

/**
 * What an inquiry remembers of the bot so far.
 *
 * @param misses how often the customer said the bot's answer or choice did not help
 * @param prompts how often the bot asked for (other) words
 */
public record BotMemory(int misses, int prompts) {
    /** An inquiry the bot has not yet spoken in. */
    public static final BotMemory FRESH = new BotMemory(0, 0);

    public BotMemory {
        if (misses < 0 || prompts < 0) {
            throw new IllegalArgumentException("misses and prompts count from 0");
        }
    }
}
