// What may stand next on a command line, of a program made up for it.
#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evlog::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Paths = Completion::Paths;

Argument Flag(std::string name) { return {.names = {std::move(name)}}; }

Argument Option(std::vector<std::string> names, std::string metavar,
                std::vector<std::string> choices = {}) {
  return {.names = std::move(names), .metavar = std::move(metavar), .choices = std::move(choices)};
}

Argument PlaceOf(std::string name, bool repeats = false) {
  return {.names = {std::move(name)}, .metavar = "TEXT", .repeats = repeats};
}

Program MadeUp() {
  Program program;
  program.itself.options = {Option({"--at"}, "DIR|URL"), Option({"--db"}, "N"), Flag("--version")};
  const std::vector<Argument> both = {Option({"--at"}, "DIR|URL"), Option({"--db"}, "N")};
  Verb read{.name = "read", .summary = "Print entries", .options = both};
  read.options.push_back(Option({"--format"}, "FORMAT", {"text", "json"}));
  read.options.push_back(Option({"--from"}, "POS"));
  read.options.push_back(Option({"-n", "--number"}, "N"));
  read.options.push_back(Flag("--reverse"));
  read.options.push_back(Option({"--type"}, "TYPE"));
  read.options.back().repeats = true;
  read.places = {PlaceOf("STREAM")};
  Verb append{.name = "append", .options = both};
  append.places = {PlaceOf("STREAM"), PlaceOf("FIELD=VALUE|FILE", /*repeats=*/true)};
  Verb groups{.name = "groups", .summary = "Groups", .options = both, .is_family = true};
  Verb list{.name = "groups list", .summary = "List them", .options = both};
  Verb drop{.name = "groups drop", .summary = "Drop one", .options = both};
  drop.places = {PlaceOf("STREAM"), PlaceOf("GROUP")};
  program.verbs = {read, append, groups, list, drop};
  return program;
}

// Streams `orders`, `old:1` and the place that was asked; the groups of a stream name it.
class FewNames : public KnownNames {
 public:
  std::vector<std::string> Streams(const Place& place, std::string_view prefix) override {
    std::vector<std::string> names;
    for (const std::string& name :
         {std::string("orders"), std::string("old:1"), place.at + "/" + place.database}) {
      if (name.starts_with(prefix)) names.push_back(name);
    }
    return names;
  }
  std::vector<std::string> Groups(const Place&, std::string_view stream) override {
    return {"of-" + std::string(stream), "zz"};
  }
};

Completion Ask(const std::vector<std::string>& words) {
  FewNames names;
  return Complete(MadeUp(), words, names);
}

std::vector<std::string> Words(const std::vector<std::string>& words) {
  std::vector<std::string> texts;
  for (const Candidate& candidate : Ask(words).candidates) texts.push_back(candidate.text);
  return texts;
}

TEST(CompletionTest, Verbs) {
  EXPECT_THAT(Words({""}), ElementsAre("read", "append", "groups"));
  EXPECT_THAT(Words({"re"}), ElementsAre("read"));
  EXPECT_THAT(Words({"groups", ""}), ElementsAre("list", "drop"));
  EXPECT_THAT(Words({"--at", "x", "groups", "d"}), ElementsAre("drop"));
  EXPECT_EQ(Ask({"re"}).candidates[0].help, "Print entries");
  EXPECT_THAT(Words({}), IsEmpty());
}

TEST(CompletionTest, Options) {
  EXPECT_THAT(Words({"-"}), ElementsAre("--at", "--db", "--version"));
  EXPECT_THAT(Words({"read", "--f"}), ElementsAre("--format", "--from"));
  EXPECT_THAT(Words({"read", "s", "--reverse", "--re"}), IsEmpty());
  EXPECT_THAT(Words({"read", "--type", "a", "--t"}), ElementsAre("--type"));
  EXPECT_THAT(Words({"read", "-n", "5", "--n"}), IsEmpty());
  EXPECT_THAT(Words({"read", "--", "--f"}), IsEmpty());
}

TEST(CompletionTest, Values) {
  EXPECT_THAT(Words({"read", "--format", ""}), ElementsAre("text", "json"));
  EXPECT_THAT(Words({"read", "--format", "j"}), ElementsAre("json"));
  EXPECT_THAT(Words({"read", "--format=j"}), ElementsAre("--format=json"));
  EXPECT_THAT(Words({"read", "--from", "b"}), ElementsAre("begin"));
  EXPECT_THAT(Words({"read", "--from", "-"}), IsEmpty());
  EXPECT_THAT(Words({"read", "--reverse=x"}), IsEmpty());
  EXPECT_THAT(Words({"read", "--nonsense=x"}), IsEmpty());
  EXPECT_THAT(Words({"read", "-n", ""}), IsEmpty());
}

TEST(CompletionTest, NamesAreOfTheLogThatTheLineNames) {
  EXPECT_THAT(Words({"read", "o"}), ElementsAre("orders", "old:1"));
  EXPECT_THAT(Words({"--at", "d", "read", "--db=3", "d"}), ElementsAre("d/3"));
  EXPECT_THAT(Words({"read", "--at=d", "d"}), ElementsAre("d/"));
  EXPECT_THAT(Words({"read", "orders", ""}), IsEmpty());
  EXPECT_THAT(Words({"groups", "drop", "--at", "x", "orders", ""}), ElementsAre("of-orders", "zz"));
  EXPECT_THAT(Words({"groups", "drop", "orders", "z"}), ElementsAre("zz"));
}

TEST(CompletionTest, PathsAreForTheShell) {
  EXPECT_EQ(Ask({"read", "--at", ""}).paths, Paths::kDirectories);
  EXPECT_THAT(Words({"read", "--at", "r"}), ElementsAre("redis://"));
  EXPECT_EQ(Ask({"append", "s", ""}).paths, Paths::kFiles);
  EXPECT_EQ(Ask({"append", "s", "a", "b"}).paths, Paths::kFiles);
  EXPECT_EQ(Ask({"append", ""}).paths, Paths::kNone);
}

}  // namespace
}  // namespace evlog::cli
