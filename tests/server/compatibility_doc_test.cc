// docs/redis-compatibility.md lists the commands that there are: its tables are those of the
// command table. With EVLOG_WRITE_DOCS set, the test writes them into the file.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "server/command_table.h"

namespace evlog::server {
namespace {

constexpr char kFile[] = EVLOG_TREE "/docs/redis-compatibility.md";
constexpr char kBegin[] = "<!-- commands: begin -->\n";
constexpr char kEnd[] = "<!-- commands: end -->\n";

std::string Capitals(std::string_view name) {
  std::string text;
  for (const char c : name) {
    text += c == '|' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text;
}

// `|` would end a cell.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string Tables() {
  std::vector<std::string> groups;
  std::map<std::string, std::string> rows;
  for (const CommandRow& row : CommandRows()) {
    if (row.Has(flags::kContainer)) continue;
    const std::string group(row.group);
    if (rows[group].empty()) groups.push_back(group);
    rows[group] += "| `" + Capitals(row.name) + "` | " + Cell(row.summary) + " | " +
                   std::string(row.since) + " |\n";
  }
  std::string all;
  for (const std::string& group : groups) {
    all += "\n### " + group + "\n\n| command | what it does | since Redis |\n|---|---|---|\n";
    all += rows[group];
  }
  return all + "\n";
}

TEST(CompatibilityDocTest, ListsTheCommandsThatThereAre) {
  std::ostringstream read;
  read << std::ifstream(kFile).rdbuf();
  const std::string text = read.str();
  const size_t begin = text.find(kBegin), end = text.find(kEnd);
  ASSERT_NE(begin, std::string::npos) << kFile;
  ASSERT_NE(end, std::string::npos) << kFile;
  const size_t from = begin + sizeof(kBegin) - 1;
  const std::string expected = Tables();
  if (std::getenv("EVLOG_WRITE_DOCS") != nullptr) {
    std::ofstream(kFile) << text.substr(0, from) << expected << text.substr(end);
    return;
  }
  EXPECT_TRUE(text.substr(from, end - from) == expected)
      << "EVLOG_WRITE_DOCS=1 server_test --gtest_filter='CompatibilityDoc*' writes it anew";
}

}  // namespace
}  // namespace evlog::server
