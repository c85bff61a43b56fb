package io.tsunagi.sandbox.line;

import java.net.URI;

/**
 * Runs the LINE simulator by itself: {@code LineSimulatorMain [port [hub]]}, by default port 8090 and a hub at
 * {@code http://localhost:8080}. Runs until it is stopped.
 */
public final class LineSimulatorMain {
    private LineSimulatorMain() {}

    public static void main(String[] args) throws InterruptedException {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 8090;
        URI hub = URI.create(args.length > 1 ? args[1] : "http://localhost:8080");
        LineSimulator simulator;
        try {
            simulator = LineSimulator.builder()
                    .port(port)
                    .accounts(LineSimulator.sandboxAccounts(hub))
                    .build()
                    .start();
        } catch (IllegalStateException e) {
            System.err.println("The LINE simulator cannot open port " + port + ": " + e.getMessage());
            System.exit(1);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(simulator::close));
        System.out.println("LINE simulator and phones: " + simulator.baseUri());
        Thread.currentThread().join();
    }
}
