"""What each e-mail service was asked to send, in one form."""

from __future__ import annotations

import base64
import email.policy
from email.parser import BytesParser


def address(text):
    """A mailbox as a reader sees it: (name, address)."""
    header = email.policy.default.header_factory("To", text)
    return tuple((one.display_name, one.addr_spec) for one in header.addresses)


def one(text):
    (found,) = address(text)
    return found


def of_json(files, name, content, kind, cid):
    return [(each[name], base64.b64decode(each[content]), each[kind], each.get(cid)) for each in files]


def ses(request):
    data = request.json()
    simple, to = data["Content"]["Simple"], data["Destination"]
    return {
        "from": one(data["FromEmailAddress"]),
        "to": [one(each) for each in to["ToAddresses"]],
        "cc": [one(each) for each in to.get("CcAddresses", [])],
        "bcc": [one(each) for each in to.get("BccAddresses", [])],
        "reply_to": [one(each) for each in data.get("ReplyToAddresses", [])],
        "subject": simple["Subject"]["Data"],
        "text": simple["Body"]["Text"]["Data"],
        "html": simple["Body"].get("Html", {}).get("Data"),
        "headers": {each["Name"]: each["Value"] for each in simple["Headers"]},
        "files": of_json(simple.get("Attachments", []), "FileName", "RawContent", "ContentType", "ContentId"),
    }


def sendgrid(request):
    data = request.json()
    (person,) = data["personalizations"]

    def people(found):
        return [(each.get("name", ""), each["email"]) for each in found]

    texts = {each["type"]: each["value"] for each in data["content"]}
    return {
        "from": people([data["from"]])[0],
        **{key: people(person.get(key, [])) for key in ("to", "cc", "bcc")},
        "reply_to": people(data.get("reply_to_list", [])),
        "subject": data["subject"],
        "text": texts["text/plain"],
        "html": texts.get("text/html"),
        "headers": data["headers"],
        "files": of_json(data.get("attachments", []), "filename", "content", "type", "content_id"),
    }


def postmark(request):
    data = request.json()

    def people(key):
        return list(address(data[key])) if key in data else []

    files = of_json(data.get("Attachments", []), "Name", "Content", "ContentType", "ContentID")
    return {
        "from": one(data["From"]),
        "to": people("To"),
        "cc": people("Cc"),
        "bcc": people("Bcc"),
        "reply_to": people("ReplyTo"),
        "subject": data["Subject"],
        "text": data["TextBody"],
        "html": data.get("HtmlBody"),
        "headers": {each["Name"]: each["Value"] for each in data["Headers"]},
        "files": [(*file[:3], file[3] and file[3].removeprefix("cid:")) for file in files],
    }


def resend(request):
    data = request.json()
    return {
        "from": one(data["from"]),
        **{key: [one(each) for each in data.get(key, [])] for key in ("to", "cc", "bcc", "reply_to")},
        **{key: data.get(key) for key in ("subject", "text", "html", "headers")},
        "files": of_json(data.get("attachments", []), "filename", "content", "content_type", "content_id"),
    }


def parts_of(request):
    """A form, as a library that knows nothing of it reads it: (name, filename, type, bytes)."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    found = BytesParser(policy=email.policy.HTTP).parsebytes(head + request.body)
    for part in found.iter_parts():
        disposition = part["Content-Disposition"].params
        kind = str(part.get("Content-Type")).replace('"', "")  # which `email` writes around a charset
        yield disposition["name"], disposition.get("filename"), kind, part.get_payload(decode=True)


def mailgun(request):
    fields, files = {}, []
    for name, filename, kind, content in parts_of(request):
        if filename is None:
            fields.setdefault(name, []).append(content.decode())
        else:
            files.append((filename.replace("%22", '"'), content, kind, filename if name == "inline" else None))
    headers = {name[2:]: value for name, (value,) in fields.items() if name.startswith("h:")}
    reply_to = headers.pop("Reply-To", None)
    return {
        "from": one(fields["from"][0]),
        **{key: [one(each) for each in fields.get(key, [])] for key in ("to", "cc", "bcc")},
        "reply_to": list(address(reply_to)) if reply_to else [],
        **{key: fields[key][0] if key in fields else None for key in ("subject", "text", "html")},
        "headers": headers,
        "files": files,
    }


READ = {"ses": ses, "sendgrid": sendgrid, "postmark": postmark, "resend": resend, "mailgun": mailgun}
