package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.store.Dialect;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class CustomersTest {
    @Parameter
    Dialect dialect;

    private Office office;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private CustomerId customer(String user, String name) {
        return office.atTurn(user, () -> {
            Customer met = office.customers.meet("main", "user", user, "ja", null, null);
            if (name != null) {
                office.customers.profile(met.id(), name, null);
            }
            return met.id();
        });
    }

    @Test
    void many_are_found_at_once_and_those_unknown_are_left_out() {
        CustomerId misaki = customer("U1", "みさき");
        CustomerId nameless = customer("U2", null);
        CustomerId unknown = Customers.idOf("main", "user", "U3");

        Map<CustomerId, Customer> found = office.customers.find(List.of(misaki, nameless, unknown, misaki));

        assertThat(found).containsOnlyKeys(misaki, nameless);
        assertThat(found.get(misaki)).isEqualTo(office.customers.find(misaki).orElseThrow());
        assertThat(found.get(nameless).name()).isNull();
        assertThat(office.customers.find(List.of())).isEmpty();
    }
}
