package io.tsunagi.access;

/**
 * What customers see of an operator.
 *
 * @param nickname never the real name unless it was chosen as nickname
 * @param iconUrl an https address of a square PNG, null for the account's own picture
 */
public record Face(String nickname, String iconUrl) {}
