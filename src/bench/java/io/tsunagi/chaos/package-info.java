/** {@code make chaos}: real processes under load are killed, frozen and cut off; afterwards an oracle compares all records. */
package io.tsunagi.chaos;
