"""Domains many companies share, which therefore say nothing about who somebody is."""

from __future__ import annotations

FREE_MAIL = (
    *("126.com", "163.com", "aol.com", "arcor.de", "att.net", "bigpond.com", "bluewin.ch"),
    *("bt.com", "btinternet.com", "comcast.net", "cox.net", "fastmail.com", "foxmail.com"),
    *("free.fr", "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net"),
    *("googlemail.com", "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr"),
    *("hotmail.it", "icloud.com", "laposte.net", "libero.it", "live.co.uk", "live.com", "live.de"),
    *("live.fr", "live.nl", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "naver.com"),
    *("orange.fr", "outlook.com", "outlook.de", "outlook.fr", "pm.me", "proton.me"),
    *("protonmail.com", "qq.com", "rediffmail.com", "rocketmail.com", "sbcglobal.net", "sfr.fr"),
    *("sina.com", "sky.com", "t-online.de", "tiscali.it", "uol.com.br", "verizon.net"),
    *("virgilio.it", "wanadoo.fr", "web.de", "yahoo.ca", "yahoo.co.in", "yahoo.co.jp"),
    *("yahoo.co.uk", "yahoo.com", "yahoo.com.br", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.it"),
    *("yandex.com", "yandex.ru", "ymail.com", "ziggo.nl", "zoho.com"),
)

SHARED_HOSTS = (
    *("alibaba.com", "amazon.com", "amazonaws.com", "apple.com", "azurewebsites.net"),
    *("bigcartel.com", "bit.ly", "blogspot.com", "booking.com", "business.site"),
    *("calendly.com", "carrd.co", "crunchbase.com", "ebay.com", "etsy.com", "example.com"),
    *("facebook.com", "firebaseapp.com", "github.com", "github.io", "gitlab.io"),
    *("godaddysites.com", "goo.gl", "google.com", "herokuapp.com", "hubspot.com"),
    *("instagram.com", "jimdo.com", "jimdofree.com", "jimdosite.com", "linkedin.com"),
    *("linktr.ee", "medium.com", "myshopify.com", "mystrikingly.com", "netlify.app"),
    *("notion.site", "pages.dev", "pinterest.com", "salesforce.com", "sharepoint.com"),
    *("shopify.com", "squarespace.com", "substack.com", "t.co", "tiktok.com"),
    *("tripadvisor.com", "tumblr.com", "twitter.com", "vercel.app", "vimeo.com", "webflow.io"),
    *("weebly.com", "wikipedia.org", "wix.com", "wixsite.com", "wordpress.com", "x.com"),
    *("xing.com", "yelp.com", "youtube.com"),
)

# Under a country's domain these are not somebody's own name: acme.co.uk belongs to acme, and of two
# ministries under gouv.fr each is its own.
SECOND_LEVELS = (
    *("ac", "asn", "asso", "bel", "co", "com", "ed", "edu", "gc", "go", "gob", "gouv", "gov"),
    *("govt", "gub", "gv", "id", "k12", "lg", "ltd", "me", "mil", "ne", "net", "nhs", "nic"),
    *("nom", "or", "org", "plc", "police", "priv", "sch", "school"),
)
