package io.tsunagi.scenario;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;

/** A customer's phone on the LINE simulator's page. */
final class PhoneScreen {
    final Page page;
    private final Locator phone;

    PhoneScreen(Page page, String customer) {
        this.page = page;
        this.phone = page.getByLabel(customer + "さんの電話");
    }

    void say(String text) {
        phone.locator("input.say").fill(text);
        phone.locator("input.say").press("Enter");
    }

    /** What the account said in words, oldest first. */
    Locator answers() {
        return phone.locator(".them .bubble");
    }

    Locator stickers() {
        return phone.locator(".them .drawn");
    }

    /** The buttons of cards. */
    Locator buttons() {
        return phone.locator(".card button");
    }

    /** The buttons under the newest message. */
    Locator choices() {
        return phone.locator(".quick button");
    }
}
