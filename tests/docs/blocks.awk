# Makes one C++ source of the C++ that pages of Markdown show:
#
#     awk -v root=DIRECTORY/ -f blocks.awk DIRECTORY/README.md …
#
# ```cpp           A program. The fragments that follow it in its page see what it declares.
# ```cpp fragment  The body of a function. Where it is not, the HTML comment above it is the frame:
#                  "<!-- frame", a function run() with "…" in the place of the fragment, "-->".
# ```output        What the block above prints.
# <!-- scope       An HTML comment with declarations for the fragments that follow.
# | … | xgrad |    A table. The code in this column, `name name` or `expression`, is a fragment.
#
# blocks() of blocks.hpp returns them. All other blocks are left alone.

function fail(message) {
  print message > "/dev/stderr"
  failed = 1
  exit 1
}

function open_part() {
  close_part()
  body = body "namespace part_" ++parts " {\n"
  part = "part_" parts
}
function close_part() {
  if (part) body = body "}  // namespace " part "\n\n"
  part = ""
}

# Ends a block: puts its code into its frame.
function add(is_program) {
  ++blocks
  where[blocks] = substr(page, length(root) + 1) ":" start
  if (is_program) {
    open_part()
    if (!sub(/int main\(/, "void run(", code)) fail(where[blocks] ": expected main, or ```cpp fragment")
    frame = "…"
  } else if (!frame) {
    frame = "void run() {\n…\n}"
  }
  name = "fragment_" blocks
  at = index(frame, "…")
  text = substr(frame, 1, at - 1) "\n#line " start + 1 " \"" page "\"\n" code \
         substr(frame, at + length("…")) "\n"
  body = body (is_program ? text : "namespace " name " {\n" text "}  // namespace " name "\n\n")
  run[blocks] = part (is_program ? "" : "::" name) "::run"
  frame = code = ""
}

# Adds a line to the code, or to the includes.
function append(line) {
  if (line !~ /^ *#include/) return line "\n"
  includes = includes line "\n"
  return "\n"
}

function end_table() {
  if (in_table && code ~ /[^\n]/) add(0)
  in_table = 0
  code = ""
}
function end_page() {
  if (state) fail(page ": the last '" state "' does not end")
  end_table()
}

# One span of code of a table, as statements.
function checked(span,    names, count, i, statements) {
  if (span ~ /;( })?$/) return "{ " span " }"
  if (span !~ /^[A-Za-z_][A-Za-z0-9_: ]*$/) return "static_cast<void>(" span ");"
  count = split(span, names, " ")
  for (i = 1; i <= count; ++i) statements = statements "{ using xgrad::" names[i] "; } "
  return statements
}

FNR == 1 {
  end_page()
  page = FILENAME
  open_part()
  body = body "using namespace xgrad;\n\n"
}

state == "scope" {
  if (/^ *-->$/) state = ""
  else body = body append($0)
  next
}
state == "frame" {
  if (/^ *-->$/) state = ""
  else frame = frame append($0)
  next
}
state == "cpp" || state == "fragment" {
  if (/^ *```$/) { add(state == "cpp"); state = "" }
  else code = code append($0)
  next
}
state == "output" {
  if (/^```$/) state = ""
  else output[blocks] = output[blocks] $0 "\n"
  next
}
state == "other" {
  if (/^ *```$/) state = ""
  next
}
/^ *<!-- (frame|scope)$/ { state = $2; next }
/^ *```cpp( fragment)?$/ { state = $2 ? $2 : "cpp"; start = FNR; next }
/^```output$/ { state = "output"; next }
/^ *```(cpp|c\+\+|output)/ { fail(page ":" FNR ": expected ```cpp, ```cpp fragment or ```output") }
/^ *```/ { state = "other"; next }

/^\|/ {
  gsub(/\\\|/, "\001")
  cells = split($0, cell, "|")
  if (!in_table) {
    in_table = 1
    column = 0
    start = FNR - 1
    for (i = 1; i <= cells; ++i) if (cell[i] ~ /^ *xgrad *$/) column = i
  }
  if (column) {
    rest = cell[column]
    line = ""
    while (match(rest, /`[^`]+`/)) {
      span = substr(rest, RSTART + 1, RLENGTH - 2)
      gsub("\001", "|", span)
      line = line checked(span)
      rest = substr(rest, RSTART + RLENGTH)
    }
    code = code line "\n"
  }
  next
}
{ end_table() }

END {
  if (failed) exit 1
  end_page()
  close_part()
  print includes
  print "#include \"tests/docs/blocks.hpp\"\n"
  print body
  print "std::vector<xgrad::test::Block> xgrad::test::blocks() {\n  return {"
  for (i = 1; i <= blocks; ++i)
    print "      {\"" where[i] "\", calling(" run[i] "), R\"output(" output[i] ")output\"},"
  print "  };\n}"
}
