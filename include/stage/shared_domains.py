"""Domains many companies share, which therefore say nothing about who somebody is."""

from __future__ import annotations

# Mailboxes for anybody: those given away, and those that come with a telephone line.
_FREE_MAIL = (
    *("10minutemail.com", "126.com", "139.com", "163.com", "188.com", "abv.bg", "adelphia.net"),
    *("alice.it", "aliceadsl.fr", "aliyun.com", "ameritech.net", "aon.at", "arcor.de"),
    *("arnet.com.ar", "aruba.it", "att.net", "bell.net", "bellsouth.net", "bezeqint.net"),
    *("bigpond.com", "bigpond.net.au", "bk.ru", "bluewin.ch", "blueyonder.co.uk", "bol.com.br"),
    *("bt.com", "btconnect.com", "btinternet.com", "btopenworld.com", "cableone.net", "casema.nl"),
    *("centrum.cz", "centurylink.net", "centurytel.net", "charter.net", "chello.nl"),
    *("club-internet.fr", "comcast.net", "cox.net", "daum.net", "dbmail.com", "docomo.ne.jp"),
    *("duck.com", "earthlink.net", "eircom.net", "embarqmail.com", "excite.com", "ezweb.ne.jp"),
    *("fastmail.com", "fastmail.fm", "fastwebnet.it", "fibertel.com.ar", "foxmail.com", "free.fr"),
    *("freemail.hu", "freenet.de", "freenet.no", "freeserve.co.uk", "frontier.com"),
    *("frontiernet.net", "gawab.com", "gmail.com", "gmx.net", "guerrillamail.com", "hanmail.net"),
    *("hetnet.nl", "hey.com", "home.nl", "hushmail.com", "i.ua", "iafrica.com", "icloud.com"),
    *("ig.com.br", "iinet.net.au", "inbox.com", "inbox.lv", "inbox.ru", "inode.at", "interia.eu"),
    *("interia.pl", "internode.on.net", "inwind.it", "iol.it", "juno.com", "kabelmail.de"),
    *("kpnmail.nl", "kpnplanet.nl", "laposte.net", "libero.it", "list.ru", "live.at", "live.be"),
    *("live.ca", "live.cl", "live.cn", "live.co.uk", "live.co.za", "live.com", "live.com.ar"),
    *("live.com.au", "live.com.mx", "live.com.pt", "live.de", "live.dk", "live.fi", "live.fr"),
    *("live.ie", "live.in", "live.it", "live.jp", "live.nl", "live.no", "live.se", "mac.com"),
    *("mail.bg", "mail.com", "mail.de", "mail.ee", "mail.ru", "mailbox.org", "maildrop.cc"),
    *("mailfence.com", "mailinator.com", "me.com", "mindspring.com", "mts.net", "mweb.co.za"),
    *("nate.com", "naver.com", "netscape.net", "netzero.net", "neuf.fr", "ngs.ru", "nifty.com"),
    *("noos.fr", "ntlworld.com", "numericable.fr", "o2.pl", "o2online.de", "onet.eu", "onet.pl"),
    *("online.no", "op.pl", "optimum.net", "optonline.net", "optusnet.com.au", "orange.fr"),
    *("ozemail.com.au", "pacbell.net", "planet.nl", "pm.me", "poczta.onet.pl", "posteo.de"),
    *("prodigy.net", "prodigy.net.mx", "proton.me", "protonmail.ch", "protonmail.com", "qq.com"),
    *("quicknet.nl", "rambler.ru", "rediffmail.com", "roadrunner.com", "rocketmail.com"),
    *("rogers.com", "rr.com", "sapo.pt", "sasktel.net", "sbcglobal.net", "seznam.cz", "sfr.fr"),
    *("sharklasers.com", "shaw.ca", "sina.cn", "sina.com", "sky.com", "skynet.be", "snet.net"),
    *("sohu.com", "stofanet.dk", "suddenlink.net", "swbell.net", "sympatico.ca", "t-online.de"),
    *("t-online.hu", "talktalk.net", "tds.net", "teksavvy.com", "tele2.nl", "telefonica.net"),
    *("telenet.be", "telfort.nl", "telus.net", "temp-mail.org", "tempmail.com", "terra.com.br"),
    *("terra.es", "tin.it", "tiscali.co.uk", "tiscali.it", "tlen.pl", "tom.com", "tpg.com.au"),
    *("trashmail.com", "tuta.com", "tuta.io", "tutanota.com", "tvcablenet.be", "ukr.net"),
    *("unitybox.de", "uol.com.br", "upcmail.nl", "usa.net", "verizon.net", "videotron.ca"),
    *("vip.163.com", "vip.qq.com", "virgilio.it", "virgin.net", "virginmedia.com", "volny.cz"),
    *("vp.pl", "walla.co.il", "wanadoo.es", "wanadoo.fr", "web.de", "westnet.com.au"),
    *("windstream.net", "wp.pl", "xs4all.nl", "xtra.co.nz", "ya.ru", "yeah.net", "ymail.com"),
    *("yopmail.com", "ziggo.nl", "zoho.com", "zohomail.com", "zonnet.nl"),
)

# Websites with pages of others, told apart by a path or by a name that need not be the company's.
_SHARED_HOSTS = (
    *("about.me", "alibaba.com", "amazonaws.com", "angel.co", "app.link", "apple.com"),
    *("azurewebsites.net", "bandcamp.com", "beacons.ai", "behance.net", "bigcartel.com", "bit.ly"),
    *("blogger.com", "booking.com", "business.site", "calendly.com", "canva.com", "carrd.co"),
    *("crunchbase.com", "dribbble.com", "dropbox.com", "e-monsite.com", "etsy.com"),
    *("eventbrite.com", "facebook.com", "fb.com", "fb.me", "fb.watch", "firebaseapp.com"),
    *("flickr.com", "g.page", "github.com", "github.io", "gitlab.com", "gitlab.io"),
    *("godaddysites.com", "gofundme.com", "goo.gl", "herokuapp.com", "hs-sites.com", "hubspot.com"),
    *("hubspotpagebuilder.com", "indeed.com", "instagram.com", "issuu.com", "jimdo.com"),
    *("jimdofree.com", "jimdosite.com", "jotform.com", "kickstarter.com", "line.me", "linkedin.cn"),
    *("linkedin.com", "linkin.bio", "linktr.ee", "lnkd.in", "medium.com", "meetup.com"),
    *("mercadolibre.com", "milkshake.app", "my-free.website", "myshopify.com", "mystrikingly.com"),
    *("naver.me", "netlify.app", "notion.site", "odoo.com", "onedrive.com", "ow.ly", "pages.dev"),
    *("patreon.com", "pinterest.com", "quora.com", "rebrand.ly", "reddit.com", "salesforce.com"),
    *("sharepoint.com", "shopify.com", "simdif.com", "site123.me", "snapchat.com"),
    *("soundcloud.com", "spotify.com", "squarespace.com", "strikingly.com", "substack.com", "t.co"),
    *("t.me", "telegram.me", "threads.com", "threads.net", "tiktok.com", "tinyurl.com"),
    *("tripadvisor.com", "trustpilot.com", "tumblr.com", "twitch.tv", "twitter.com"),
    *("typeform.com", "ueniweb.com", "vercel.app", "viadeo.com", "vimeo.com", "vk.com", "wa.me"),
    *("webador.com", "webflow.io", "webnode.com", "webs.com", "wechat.com", "weebly.com"),
    *("weibo.com", "whatsapp.com", "wikipedia.org", "wix.com", "wixsite.com", "wixstudio.com"),
    *("wordpress.com", "x.com", "xing.com", "yelp.com", "yolasite.com", "youtu.be", "youtube.com"),
    *("zoom.us",),
    # Shops, pages and short links of the same kind.
    *("archive.org", "bsky.app", "bsky.social", "buff.ly", "campsite.bio", "canva.site"),
    *("cloudfront.net", "company.site", "cutt.ly", "discord.com", "discord.gg", "dlvr.it"),
    *("editorx.io", "force.com", "framer.website", "g2.com", "ghost.io", "glassdoor.com"),
    *("houzz.com", "hubs.la", "hubs.ly", "indiamart.com", "is.gd", "justdial.com"),
    *("lnk.bio", "mailchi.mp", "mitiendanube.com", "mybigcommerce.com"),
    *("mykajabi.com", "ok.ru", "qrco.de", "rb.gy", "shorturl.at", "site.com", "square.site"),
    *("t.ly", "taplink.cc", "teachable.com", "thinkific.com", "tiendanube.com", "tiny.cc"),
    *("yellowpages.com",),
)

# The same under every country's domain.
_BRANDS = (
    *("amazon", "aol", "blogspot", "ebay", "gmx", "google", "googlemail", "hotmail"),
    *("mercadolibre", "msn", "outlook", "tripadvisor", "yahoo", "yandex", "yelp"),
)
SHARED_BRANDS = r"^(" + "|".join(_BRANDS) + r")\.(com|(com?\.)?[a-z]{2})$"

# What people write where a form insists on an address and there is none.
PLACEHOLDER_DOMAINS = (
    *("domain.com", "email.com", "example.com", "example.net", "example.org", "mycompany.com"),
    *("na.com", "no.com", "noemail.com", "nomail.com", "none.com", "nowebsite.com"),
    *("test.com", "unknown.com", "website.com", "xxx.com", "yourcompany.com"),
)
PLACEHOLDER_MAILBOXES = (
    *("do-not-reply", "donotreply", "n/a", "n.a", "n.a.", "na", "no-email", "no-mail"),
    *("no-reply", "no.email", "no.reply", "no_email", "no_reply", "noemail", "nomail"),
    *("none", "noreply", "not-available", "notavailable", "notprovided", "null", "test"),
    *("unknown",),
)

# Mailboxes of a desk, which several people of a company give for their own.
ROLE_MAILBOXES = (
    *("accounting", "accounts", "admin", "administracion", "administratie", "administration"),
    *("amministrazione", "billing", "biuro", "booking", "bookings", "buchhaltung", "buero"),
    *("büro", "careers", "comercial", "commercial", "commerciale", "compras", "compta"),
    *(
        "comptabilite",
        "contabilidad",
        "contact",
        "contacto",
        "contactus",
        "contato",
        "customercare",
    ),
    *("customerservice", "direction", "einkauf", "enquiries", "enquiry", "events", "finance"),
    *("financeiro", "frontdesk", "hello", "help", "helpdesk", "hi", "hola", "hr", "info"),
    *(
        "information",
        "inquiries",
        "inquiry",
        "invoice",
        "invoices",
        "it",
        "jobs",
        "kontakt",
        "legal",
    ),
    *("mail", "marketing", "media", "office", "operations", "order", "orders", "partners", "post"),
    *("postmaster", "press", "procurement", "purchasing", "reception", "rechnung", "recruiting"),
    *("reservations", "sales", "secretariat", "segreteria", "sekretariat", "service", "services"),
    *("shop", "store", "support", "team", "vendas", "vendite", "ventas", "verkoop", "vertrieb"),
    *("verwaltung", "webmaster", "welcome", "zentrale"),
)

SHARED_DOMAINS = (*_FREE_MAIL, *_SHARED_HOSTS, *PLACEHOLDER_DOMAINS)
