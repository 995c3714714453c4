"""The sentences of the doctor, by code: how much it matters, what it means, what to write instead.

Only staff read them, so they are English only. `finder` is the finder's origin.
"""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str, str]] = {
    # What was pasted.
    "nothing_read": ("must", "Nothing here could be read as a policy, as response headers or as HTML. An address is not enough: nothing is fetched.", "Paste what `curl -sI https://www.example.org/page` prints, or the source of the page."),
    "text_cut": ("note", "The text is very long; only the first million characters were read.", "Paste the headers, and the part of the page that is in question."),
    "redirects_skipped": ("note", "There are several answers; only the last one was read, since those before it led to it.", ""),
    "answer_redirects": ("should", "These are the headers of a redirect, not those of the page.", "Ask again where it leads, for instance with `curl -sIL`."),
    "answer_failed": ("should", "The page was not there (status {status}), so its own headers may be others.", "Ask again for a page that answers with 200."),
    "no_policy": ("note", "No Content-Security-Policy was found, so no policy is in the way.", ""),
    "headers_unseen": ("note", "Only the HTML was read. A policy may also come in the headers, which are not in it.", "Paste the headers too: `curl -sI https://www.example.org/page`."),
    "page_unseen": ("note", "The page itself was not read, so it cannot be said which trackers are in it.", "Paste the source of the page too."),
    # Policies, whatever is in them.
    "several_policies": ("note", "There are {count} policies that are in force. All of them must allow a thing, so each needs its own change.", ""),
    "report_only": ("note", "Policy {number} only reports and blocks nothing. Its directives are listed for the day when it is put in force.", ""),
    "legacy_header": ("note", "No browser of today heeds this header; old ones misread it.", "Take {name} out and send Content-Security-Policy instead."),
    "report_only_meta": ("note", "A policy that only reports works in a header alone; in a meta element browsers pass over it.", "Send Content-Security-Policy-Report-Only as a header, or take the element out."),
    "meta_outside_head": ("note", "This meta element stands outside of the head, where browsers do not heed it. It is left out here.", "Move it into the head if it is to have effect."),
    "directive_again": ("note", "{name} stands more than once in policy {number}; only the first one counts.", "Put all sources of {name} into the first one."),
    "directive_misspelt": ("should", "No browser knows {name} (policy {number}).", "Was {near} meant?"),
    "directive_unknown": ("note", "No browser knows {name} (policy {number}), so it has no effect.", ""),
    "comma_before": ("should", "The comma before {word} begins another policy (number {number}), so it is no source of the one before.", "Put spaces between sources and semicolons between directives."),
    "comma_in_meta": ("should", "{word} is no source: the comma belongs to it (policy {number}).", "Put spaces between sources and semicolons between directives."),
    "source_unquoted": ("should", "Without quotes {word} is taken for the name of a computer (policy {number}).", "Write '{word}' with straight single quotes."),
    "quotes_wrong": ("should", "{word} has quotes that browsers do not read (policy {number}).", "Use straight single quotes, as in 'self'."),
    "semicolon_lacks": ("should", "{name} stands among the sources of another directive, so it has no effect (policy {number}).", "Put a semicolon before {name}."),
    "none_with_others": ("note", "'none' beside other sources of {name} has no effect (policy {number}).", "Take 'none' out."),
    # Scripts under a policy that goes by nonces.
    "script_needs_nonce": ("must", "Policy {number} has 'strict-dynamic', so browsers overlook addresses of scripts: the tag must carry the page's nonce, a new one with each answer.", "{tag}"),
    "script_needs_hash": ("must", "Policy {number} has 'strict-dynamic' and goes by hashes, so the tag must name the hash of the script, and the policy too. Change both together when you take a newer script.", "{tag}"),
    "height_needs_nonce": ("should", "Policy {number} has 'strict-dynamic', so the script that sets the frame's height must carry the page's nonce. Without it the frame scrolls by itself.", "{tag}"),
    "height_needs_hash": ("should", "Policy {number} has 'strict-dynamic' and goes by hashes, so the script that sets the frame's height must name its hash, and the policy too. Without it the frame scrolls by itself.", "{tag}"),
    "nonce_would_do": ("note", "Policy {number} has a nonce. A script tag that carries the page's nonce needs no address in the policy.", "{tag}"),
    "wordpress_nonce": ("should", "Policy {number} goes by nonces, and the plugin does not know yours.", "Let what makes your nonces put them on the plugin's script too (the filter script_loader_tag, handle specialist-finder-iframe), or do without the script: the frame then scrolls by itself."),
    # Other directives and headers.
    "trusted_types_fine": ("note", "require-trusted-types-for is no hindrance: the element never writes HTML from text.", ""),
    "sandbox_link": ("must", "The page is in a sandbox that sends no forms.", "{written} (a link alone needs no change)"),
    "sandbox_iframe": ("must", "The page is in a sandbox, and every frame in it inherits that: without these words the finder's form cannot be sent, or the finder cannot tell that this page may show it.", "{written}"),
    "sandbox_element": ("must", "The page is in a sandbox in which the element cannot run, or cannot say whose page it is.", "{written}"),
    "finder_not_https": ("must", "The page is on https and the finder on http: browsers block it.", "Put the finder on https; then give its new address here."),
    "finder_upgraded": ("must", "upgrade-insecure-requests makes browsers ask for {finder} on https.", "Put the finder on https; then give its new address here."),
    "link_not_https": ("should", "The finder is on http: browsers warn before they send a form there from a page on https.", "Put the finder on https."),
    "frame_style": ("note", "Policy {number} lets no style attribute in. Until the frame's script has run, the frame is 600 pixels wide and has a border.", "Give it a width of 100% and no border in your own style sheet, or leave it to the script."),
    "coep_fine": ("note", "This header needs an answer from all that is loaded from elsewhere. The finder's frame and scripts give it, so nothing must change.", ""),
    "geolocation_frame": ("should", "The page allows no place to {finder}, so the button \"use my location\" does not work in the frame. A ZIP code does.", "{written}"),
    "geolocation_element": ("should", "The page may not ask for the place, so the button \"use my location\" does not work in the element. A ZIP code does.", "{written}"),
    "frame_options_fine": ("note", "This says who may show your page in a frame. What your page shows is not its matter.", ""),
    # Whose scripts can read what.
    "element_read": ("should", "Scripts of others run in this page ({names}). They can read all that is typed into the element and what it answers.", "Use the iframe, which no script of the page can read, or the link."),
    "form_read": ("should", "Scripts of others run in this page ({names}). They can read the ZIP code that is typed into a form of the page.", "Use the link or button without the form."),
    "frame_read": ("should", "The finder has the same origin as the page, so that scripts of the page ({names}) can read the frame too.", "Give the finder a host name of its own, or use the link."),
    "recorder_seen": ("should", "{names}: records what visitors do, often with what they type and see, as a film that others watch.", "Leave it out of pages about health, or show the finder as an iframe or behind a link."),
    "tracker_seen": ("should", "{names}: tells others which pages a visitor sees and what they press, with the address of the page. It can read all of the page.", "Show the finder as an iframe or behind a link; leave conditions out of addresses where it runs."),
    "tag_manager_seen": ("should", "{names}: loads other scripts, which somebody may change at any time without a change of this page. Any tracker or recorder may come later.", "Show the finder as an iframe or behind a link, whatever is loaded today."),
    "ads_seen": ("should", "{names}: tells advertisers which pages a visitor sees; on pages about health that may be unlawful. It can read all of the page.", "Leave it out of pages about health; show the finder as an iframe or behind a link."),
    "chat_seen": ("should", "{names}: a chat whose script sees which page a visitor is on, and can read all of it.", "Show the finder as an iframe or behind a link."),
    "consent_seen": ("note", "{names}: asks for consent, and may hold back scripts until then. The finder sets no cookie and tracks nobody.", "List the finder's scripts as strictly necessary there."),
    "watchers_allowed": ("note", "The policy allows {names}. Whether they run can be told from the page.", "Paste the source of the page too; if they run, use the iframe or the link in place of the element."),
    # What is in the page.
    "wordpress_seen": ("note", "The page is made by WordPress.", "Use the plugin: it writes the same HTML, and no editor takes it out."),
    "element_script_lacks": ("must", "The element is there, but its script is not: something took it out, as editors of web sites do. Only the plain form is seen.", "{tag}"),
    "element_key_lacks": ("must", "The element has no site key, or one that cannot be.", "Write site=\"...\" with the key from your finder's staff."),
    "element_gone": ("must", "The element's script is there, but no <specialist-finder> element is: something took it out.", "Put the whole snippet in again where the editor takes plain HTML, or use the iframe."),
    "frame_script_lacks": ("should", "The frame is there, but not the script that sets its height, so it scrolls by itself.", "{tag}"),
    "frame_gone": ("must", "The frame's script is there, but no frame of the finder is: something took it out.", "Put the whole snippet in again where the editor takes plain HTML, or use the link."),
    "frame_title_lacks": ("should", "The frame has no title, so that people who use screen readers cannot tell what it is.", "Write title=\"Find a hip specialist\"."),
    "frame_location_lacks": ("note", "The frame has no allow=\"geolocation\", so the button \"use my location\" does not work in it. A ZIP code does.", "Write allow=\"geolocation\"."),
    "frame_sandboxed": ("should", "The frame has a sandbox of its own, in which parts of the finder do not work.", "Take sandbox out, or write sandbox=\"allow-forms allow-scripts allow-same-origin allow-popups allow-top-navigation-by-user-activation\"."),
    "embed_elsewhere": ("should", "This belongs to the finder at {origin}, not to {finder}.", "Write the address of your finder."),
    "script_put_off": ("should", "Something changed this script so that it does not run, or not before a visitor agrees.", "Take the finder's scripts out of what is put off: they set no cookie and track nobody."),
    "embed_escaped": ("must", "The snippet stands in the page as text that visitors read: it was pasted where the editor takes words.", "Paste it where the editor takes HTML (a block \"Custom HTML\", or the source view)."),
    "embed_seen": ("note", "The finder is in this page already, {kind}, with the site key {key}.", ""),
}  # fmt: skip
LABELS: Mapping[str, str] = {"must": "must change", "should": "should change", "note": "to know"}
WHY: Mapping[str, str] = {
    "form": "for the form; a link alone needs nothing",
    "plain form": "for the plain form, which is there until the script runs",
    "frame": "for the frame",
    "height": "for the script that sets the frame's height; without it the frame scrolls by itself",
    "script": "for the script",
    "connect": "for what the script asks the finder",
}
ABOUT: Mapping[str, str] = {
    "link": "a link or button, or a plain form, to the finder's own page",
    "iframe": "a frame in your page",
    "wordpress": "the plugin for WordPress, which writes a frame unless told otherwise",
    "element": "a script that draws the finder in your page",
}
BECAUSE: Mapping[str, str] = {
    "wordpress": "the page is made by WordPress, and the plugin writes a frame that no script of the page can read",
    "iframe": "nothing must change for it, and no script of the page can read it",
    "link": "it needs no change of this page; a frame would",
    "iframe_changed": "no script of the page can read it; the changes that it needs are below",
    "iframe_watched": "scripts of others run in this page, and none of them can read a frame of another origin",
    "link_watched": "scripts of others run in this page, and a link lets none of them read what patients ask",
}
