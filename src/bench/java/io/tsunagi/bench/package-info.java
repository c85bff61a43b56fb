/**
 * Measures the packaged hub from outside: {@code make bench}. Knows the hub only by what it shows (its ports, its
 * settings, the columns of the ledger), so that it can drive another webhook server too. {@link io.tsunagi.bench.Bench}
 * is the beginning.
 */
package io.tsunagi.bench;
