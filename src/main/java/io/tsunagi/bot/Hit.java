package io.tsunagi.bot;

/**
 * One article a search found.
 *
 * @param score comparable within one search only; higher is better
 */
public record Hit(Article article, double score) {}
