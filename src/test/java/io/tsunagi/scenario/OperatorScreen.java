package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;

/** The console in a browser, worked as a person works it. */
final class OperatorScreen {
    final Page page;

    OperatorScreen(Page page) {
        this.page = page;
    }

    /** Signs in through the form. */
    OperatorScreen signIn(String name) {
        page.locator("#sign-name").fill(name);
        page.locator("#sign-password").fill(Operator.PASSWORD);
        page.locator("#sign-password").press("Enter");
        assertThat(page.locator(".top .line .num")).isVisible();
        return this;
    }

    /** Takes inquiries from now on, through the menu in the top bar. */
    OperatorScreen becomeAvailable() {
        page.locator(".top [aria-haspopup=menu]").first().click();
        page.locator("[role=menuitemradio]").first().click();
        assertThat(page.locator(".top .dot.ok")).hasCount(2);
        return this;
    }

    Locator slot(String customer) {
        return page.locator("a.slot").filter(new Locator.FilterOptions().setHasText(customer));
    }

    /** Opens the inquiry of a customer and waits until one can write. */
    OperatorScreen open(String customer) {
        slot(customer).click();
        assertThat(page.locator(".ch h1")).containsText(customer);
        assertThat(draft()).isFocused();
        return this;
    }

    Locator log() {
        return page.locator("#log");
    }

    Locator draft() {
        return page.locator("#draft-text");
    }

    Locator send() {
        return page.locator("#send");
    }

    Locator ghost() {
        return page.locator(".ghost");
    }

    /** Writes at the end of the draft, key by key, and waits until the hub has it. */
    void write(String text) {
        draft().pressSequentially(text);
        assertThat(page.locator(".dmeta")).containsText("保存済み");
    }
}
