package io.tsunagi.media;

/**
 * What a purge has done.
 *
 * @param batch how many media the last batch destroyed
 * @param total how many all batches of the run destroyed
 */
public record Purged(int batch, int total) {}
