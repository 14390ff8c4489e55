// Completion as shells ask for it, and manual pages as they are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A log with streams and groups.
constexpr char kLog[] =
    "evlog append orders a=1 >/dev/null; evlog append orders:eu a=1 >/dev/null\n"
    "evlog append 'my stream' a=1 >/dev/null; evlog groups create orders billing --from begin\n";

// try LINE WORD...: what bash would show for LINE, which it has cut into WORDs.
constexpr char kBash[] =
    "source <(evlog completion bash)\n"
    "try() {\n"
    "  COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=(\"${@:2}\") COMP_CWORD=$(($# - 2)) COMPREPLY=()\n"
    "  _evlog evlog; printf '%s ' \"${COMPREPLY[@]}\"; echo\n"
    "}\n"
    "COMP_WORDBREAKS=$' \\t\\n\"\\'@><=;|&(:'\n";

TEST(CompletionE2eTest, TheRealProgram) {
  Shell shell;
  shell.Out(kLog);
  EXPECT_EQ(shell.Out("evlog complete =gro"),
            "words\ngroups\tConsumer groups: list, create, describe, alter, seek, pause, resume, "
            "delete, ...\n");
  EXPECT_EQ(shell.Out("evlog complete =trim =orders =--refe ="), "words\n");
  EXPECT_EQ(shell.Out("evlog complete =trim =orders =--references ="),
            "words\nkeep\ndrop\nonly-acked\n");
  EXPECT_EQ(shell.Out("evlog complete =groups =describe ="),
            "words\nmy stream\norders\norders:eu\n");
  EXPECT_EQ(shell.Out("evlog complete =tail =orders =--group ="), "words\nbilling\n");
  EXPECT_EQ(shell.Out("evlog complete =serve =--dir ="), "directories\n");
  EXPECT_EQ(shell.Out("evlog complete =completion ="), "words\nbash\nzsh\nfish\n");
  // Whatever is wrong with the log, and what is for the build and the scripts, is not spoken of.
  EXPECT_EQ(shell.Out("evlog complete =read =--at =nowhere ="), "words\n");
  EXPECT_EQ(shell.Out("evlog complete =read =--at =redis://127.0.0.1:1 ="), "words\n");
  EXPECT_EQ(shell.Out("EVLOG_AT=redis:// evlog complete =share"), "words\n");
  EXPECT_EQ(shell.Out("EVLOG_AT=redis://127.0.0.1:1 evlog completion bash | head -n 1"),
            "# bash completion of evlog; made by `evlog completion bash`.\n");
}

TEST(CompletionE2eTest, WordsThatAreSuggestedAreTaken) {
  Shell shell;
  shell.Out(kLog);
  const auto each = [&shell](const std::string& option, const std::string& command) {
    return shell.Out("for word in $(evlog complete " + option + " = | tail -n +2); do\n" + command +
                     " >/dev/null || echo $word\ndone");
  };
  EXPECT_EQ(each("=create =s =--durability", "evlog create s-$word --durability $word"), "");
  EXPECT_EQ(each("=read =s =--format", "evlog read orders --format $word"), "");
  EXPECT_EQ(each("=groups =create =s =g =--order",
                 "evlog groups create orders g-$word --from end --order $word"),
            "");
  EXPECT_EQ(each("=groups =create =s =g =--poison",
                 "evlog groups create orders g-$word --from end --order ordered --poison $word"),
            "");
  EXPECT_EQ(each("=route =add =s =c =--fields", "evlog route add c-$word orders --fields $word"),
            "");
}

TEST(CompletionE2eTest, Bash) {
  Shell shell;
  shell.Out(kLog);
  const auto bash = [&shell](const std::string& script) { return shell.Out(kBash + script); };
  EXPECT_EQ(bash("try 'evlog str' evlog str"), "streams \n");
  EXPECT_EQ(bash("try 'evlog groups des' evlog groups des"), "describe \n");
  EXPECT_EQ(bash("try 'evlog read orders --rev' evlog read orders --rev"), "--reverse \n");
  // A blank in a name is escaped; the colon of one is where bash cuts.
  EXPECT_EQ(bash("try 'evlog read ' evlog read ''"), "my\\ stream orders orders:eu \n");
  EXPECT_EQ(bash("try 'evlog read orders:' evlog read orders :"), "eu \n");
  EXPECT_EQ(bash("try 'evlog read orders:e' evlog read orders : e"), "eu \n");
  EXPECT_EQ(bash("COMP_WORDBREAKS=' '; try 'evlog read orders:e' evlog read orders:e"),
            "orders:eu \n");
  EXPECT_EQ(bash("try \"evlog read 'my\" evlog read \"'my\""), "my stream \n");
  EXPECT_EQ(bash("try 'evlog groups describe orders ' evlog groups describe orders ''"),
            "billing \n");
  EXPECT_EQ(bash("try 'evlog read --format=j' evlog read --format = j"), "json \n");
  EXPECT_EQ(bash("try 'evlog read s --format=' evlog read s --format ="), "text json raw \n");
  EXPECT_EQ(bash("mkdir -p sub/one; touch sub/two\n"
                 "try 'evlog read --at sub/' evlog read --at sub/\n"
                 "try 'evlog read --at=sub/' evlog read --at = sub/\n"
                 "try 'evlog append s sub/' evlog append s sub/ | tr ' ' '\\n' | sort | xargs"),
            "sub/one \nsub/one \nsub/one sub/two\n");
  EXPECT_EQ(bash("unset EVLOG_AT; try 'evlog --at log read ord' evlog --at log read ord"),
            "orders orders:eu \n");
  // What a name holds is no command.
  shell.Out("evlog append 'z$(touch hacked)`touch hacked`' a=1 >/dev/null");
  EXPECT_THAT(bash("try 'evlog read z' evlog read z; test ! -e hacked"), HasSubstr("z\\$\\(touch"));
  EXPECT_EQ(bash("complete -p evlog"), "complete -F _evlog evlog\n");
}

TEST(CompletionE2eTest, Zsh) {
  Shell shell;
  if (shell.Run("command -v zsh").code != 0) GTEST_SKIP() << "no zsh here";
  shell.Out(kLog);
  shell.Out("evlog completion zsh >_evlog && zsh -n _evlog");
  // What the completion system of zsh has, as far as it is asked, to see what it is told.
  WriteFile(shell.directory() + "/try.zsh",
            "compdef() { :; }; compset() { :; }\n"
            "_call_program() { shift; eval \"$*\"; }\n"
            "_describe() { local name=$3; print -rl -- ${(P)name} ${@:4}; }\n"
            "_files() { print -r -- files $*; }\n"
            "source ./_evlog\n"
            "words=(\"$@\"); CURRENT=$#; PREFIX=${@[-1]}; _evlog; true\n");
  const auto zsh = [&shell](const std::string& words) {
    return shell.Out("zsh -f try.zsh " + words);
  };
  EXPECT_EQ(zsh("evlog str"), "streams:List streams\n");
  EXPECT_EQ(zsh("evlog read ''"), "my stream\norders\norders\\:eu\n");
  EXPECT_EQ(zsh("evlog groups describe orders ''"), "billing\n");
  EXPECT_EQ(zsh("evlog groups describe \"'my stream'\" ''"), "");
  EXPECT_EQ(zsh("evlog read --at red"), "redis\\://\n-S\nfiles -/\n");
  EXPECT_EQ(zsh("evlog append s ''"), "files\n");
}

TEST(CompletionE2eTest, Fish) {
  Shell shell;
  if (shell.Run("command -v fish").code != 0) GTEST_SKIP() << "no fish here";
  shell.Out(kLog);
  shell.Out("evlog completion fish >evlog.fish && fish -n evlog.fish");
  const auto fish = [&shell](const std::string& line) {
    return shell.Out("HOME=$PWD fish --no-config -c 'source evlog.fish; complete -C \"" + line +
                     "\"'");
  };
  EXPECT_EQ(fish("evlog str"), "streams\tList streams\n");
  EXPECT_EQ(fish("evlog read ord"), "orders\norders:eu\n");
  EXPECT_EQ(fish("evlog groups describe orders "), "billing\n");
  EXPECT_EQ(fish("evlog read orders --rev"), "--reverse\tNewest first\n");
  EXPECT_EQ(fish("evlog read --format=j"), "--format=json\n");
  shell.Out("mkdir -p sub/one; touch sub/two");
  EXPECT_THAT(fish("evlog read --at sub/"), testing::StartsWith("sub/one/"));
  EXPECT_THAT(fish("evlog read --at=sub/"), testing::StartsWith("--at=sub/one/"));
  EXPECT_THAT(fish("evlog append s sub/t"), testing::StartsWith("sub/two"));
}

TEST(ManualE2eTest, EachVerbHasAPageThatRoffTakes) {
  Shell shell;
  shell.Out("evlog share made");
  EXPECT_EQ(shell.Out("cd made && find . -type f -not -name '*.1' | sort"),
            "./bash-completion/completions/evlog\n./evlog.toml\n"
            "./fish/vendor_completions.d/evlog.fish\n./zsh/vendor-completions/_evlog\n");
  // The program and, as completion names them, each verb and what is in each family.
  EXPECT_EQ(
      shell.Out(
          "cd made/man/man1; { echo evlog.1; for verb in $(evlog complete = | sed 1d | cut -f 1); "
          "do\n"
          "  echo evlog-$verb.1\n"
          "  evlog complete =$verb = | sed 1d | { grep -P '^[a-z].*\\t' || true; } | cut -f 1 |\n"
          "    sed \"s/.*/evlog-$verb-&.1/\"\n"
          "done; } | sort >../wanted; ls | sort | diff ../wanted - && echo same"),
      "same\n");
  const std::string page = shell.Out("cat made/man/man1/evlog-groups-create.1");
  for (const char* section : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS",
                              "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"}) {
    EXPECT_THAT(page, HasSubstr(std::string("\n.SH ") + section + "\n"));
  }
  EXPECT_THAT(shell.Out("cat made/man/man1/evlog-check-lag.1"), HasSubstr("Critical."));
  if (shell.Run("command -v groff").code != 0) GTEST_SKIP() << "no groff here";
  EXPECT_EQ(shell.Out("cd made/man/man1; groff -ww -man -Tutf8 -rLL=100n -z *.1 2>&1"), "");
  const std::string shown =
      shell.Out("groff -man -Tascii -rLL=200n -P-cbou made/man/man1/evlog-append.1 | tr -s ' '");
  EXPECT_THAT(shown, HasSubstr("evlog-append - Append an entry, or each line of files and pipes"));
  EXPECT_THAT(shown, HasSubstr("evlog append [OPTIONS] STREAM [FIELD=VALUE|FILE ...]"));
  EXPECT_THAT(shown, HasSubstr("From 1 to 1000000. Default: 1000."));
  EXPECT_THAT(shown, HasSubstr("journalctl -o json | evlog append journal --jsonl"));
  EXPECT_THAT(shown, Not(HasSubstr("\\f")));
}

TEST(ManualE2eTest, TheDefaultConfigurationIsThatOfTheServer) {
  Shell shell;
  EXPECT_EQ(
      shell.Out("evlog share made\n"
                "evlog serve --config made/evlog.toml --print-config >a\n"
                "evlog serve --dir /var/lib/evlog --print-config | cmp a - && echo same\n"
                // Whatever stands there as a comment may be taken out of it.
                "sed 's/^#\\([a-z-]* = \\)/\\1/' made/evlog.toml >all.toml\n"
                "evlog serve --config all.toml --print-config | cmp a - && echo same\n"
                "grep -c '^#*[a-z-]* =' all.toml >n; grep -cE '^(# )?[a-z-]+ (=|is)' a | cmp n -"),
      "same\nsame\n");
}

}  // namespace
}  // namespace evlog::cli
