package io.tsunagi;

/** Starts the hub. */
public final class HubMain {
    private HubMain() {}

    public static void main(String[] args) {}
}
