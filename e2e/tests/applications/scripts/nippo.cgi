#!/usr/bin/perl
# Daily reports, as they were written for browsers of Japanese Windows: everything is Shift_JIS. The text below is ASCII with escapes.
use strict;

binmode STDIN;
binmode STDOUT;
my $body = '';
read(STDIN, $body, $ENV{CONTENT_LENGTH}) if $ENV{CONTENT_LENGTH};
my ($who) = $body =~ /^name=([^&]*)/;
$who = '' unless defined $who;
$who =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
my ($cookie, $file) = map { unpack('H*', defined $_ ? $_ : '') } $ENV{HTTP_COOKIE}, $ENV{HTTP_X_FILE_NAME};

print "Set-Cookie: user=$who; path=/\r\n" if length $who;
print "Content-Type: text/html; charset=Shift_JIS\r\n\r\n";
print "<!doctype html><title>\x93\xfa\x95\xf1</title><h1>\x93\xfa\x95\xf1</h1>",
    "<p id=path>$ENV{REQUEST_URI}</p><p id=body>$body</p><p id=who>$who</p><p id=cookie>$cookie</p><p id=file>$file</p>",
    "<a id=report href=\"/%93%FA%95%F1.html?%8C%8E\">\x8c\x8e</a>",
    "<form method=post action=\"/%95%5C.html\"><input name=name id=name><button id=send>\x91\x97\x90M</button></form>\n";
