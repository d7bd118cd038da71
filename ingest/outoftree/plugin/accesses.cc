// SPDX-License-Identifier: GPL-2.0-or-later
// A plug-in for gcc 10 to 15: which members and types each function of a compilation depends on, and where they lie.
//
// It looks at GIMPLE right after gimplification, before anything is inlined or optimised, and appends to the file named by
// -fplugin-arg-accesses-log=FILE, in one write for each compilation, lines of fields separated by tabs:
//
//   unit PATH                              the source file; all that follows belongs to it
//   function NAME INLINE HASH              INLINE is 1 where it is declared inline; HASH is of its body without offsets
//   member TYPE NAME BITPOS BITSIZE OWN    the function reads, writes or takes the address of it, or goes from it to its
//                                          container; OWN is 1 where TYPE is not defined in kernel headers
//   type TYPE BYTES HOW OWN                the function depends on its size: "value", "copy", "index" or "cast"
//   call NAME                              a function whose body may be inlined
//   variable NAME TYPE                     an object of static storage
//   layout TYPE NAME BITPOS BITSIZE OWN    all members of a type that such an object has
//   size TYPE BYTES OWN                    and its size
#include "gcc-plugin.h"
#include "plugin-version.h"
#include "tree.h"
#include "tree-pass.h"
#include "diagnostic-core.h"
#include "context.h"
#include "function.h"
#include "basic-block.h"
#include "cgraph.h"
#include "gimple.h"
#include "gimple-iterator.h"
#include "gimple-walk.h"
#include "stringpool.h"
#include "attribs.h"
#include <fcntl.h>
#include <unistd.h>
#include <map>
#include <set>
#include <string>

int plugin_is_GPL_compatible;

static std::string text;        // of the whole compilation
static std::set<std::string> lines;  // of the function at hand, each once
static std::set<tree> laid_out;
static std::map<tree, HOST_WIDE_INT> moved;  // pointers that are another one less so many bytes: container_of in the making
static unsigned long body;      // FNV-1a
static const char *log_path;

static void blend(unsigned long value)
{
	body = (body ^ value) * 1099511628211UL;
}

// A name without digits: BUILD_BUG_ON() and others count theirs up.
static void blend(const char *word)
{
	for (; *word; word++)
		if (*word < '0' || *word > '9')
			blend((unsigned long) *word);
}

static std::string number(HOST_WIDE_INT value)
{
	return std::to_string((long long) value);
}

static bool is_record(const_tree type)
{
	return type && (TREE_CODE(type) == RECORD_TYPE || TREE_CODE(type) == UNION_TYPE);
}

// "struct key", or the typedef of a struct without a tag; "" where it has no name at all.
static std::string name_of(tree type)
{
	type = TYPE_MAIN_VARIANT(type);
	tree name = TYPE_NAME(type);
	if (!name)
		return "";
	if (TREE_CODE(name) == TYPE_DECL)
		return DECL_NAME(name) ? IDENTIFIER_POINTER(DECL_NAME(name)) : "";
	return std::string(TREE_CODE(type) == UNION_TYPE ? "union " : "struct ") + IDENTIFIER_POINTER(name);
}

static std::string own(tree type)
{
	tree stub = TYPE_STUB_DECL(TYPE_MAIN_VARIANT(type));
	const char *file = stub ? DECL_SOURCE_FILE(stub) : NULL;
	bool kernel = file && (strstr(file, "/linux-headers-") || !strncmp(file, "./include/", 10) || !strncmp(file, "./arch/", 7));
	return kernel ? "\t0" : "\t1";
}

static HOST_WIDE_INT bits(const_tree size)
{
	return size && tree_fits_shwi_p(size) ? tree_to_shwi(size) : -1;
}

static HOST_WIDE_INT position(const_tree field)
{
	tree bytes = DECL_FIELD_OFFSET(field);
	return bytes && tree_fits_shwi_p(bytes) ? tree_to_shwi(bytes) * 8 + bits(DECL_FIELD_BIT_OFFSET(field)) : -1;
}

static std::string member_line(const char *word, tree type, const std::string &name, HOST_WIDE_INT at, tree field)
{
	return std::string(word) + "\t" + name_of(type) + "\t" + name + "\t" + number(at) + "\t" + number(bits(DECL_SIZE(field)))
	       + own(type) + "\n";
}

// A type whose size the code depends on, with the types that it holds by value left to its own layout.
static void log_size(tree type, const char *how)
{
	while (type && TREE_CODE(type) == ARRAY_TYPE)
		type = TREE_TYPE(type);
	if (is_record(type) && COMPLETE_TYPE_P(type) && !name_of(type).empty())
		lines.insert("type\t" + name_of(type) + "\t" + number(bits(TYPE_SIZE_UNIT(type))) + "\t" + how + own(type) + "\n");
}

// A member as written: those of structs without a name belong to the nearest that has one.
static void log_member(tree ref)
{
	tree field = TREE_OPERAND(ref, 1), type = DECL_CONTEXT(field), outer = TREE_OPERAND(ref, 0);
	if (!DECL_NAME(field))
		return;
	std::string name = IDENTIFIER_POINTER(DECL_NAME(field));
	HOST_WIDE_INT at = position(field);
	while (name_of(type).empty() && TREE_CODE(outer) == COMPONENT_REF) {
		tree holder = TREE_OPERAND(outer, 1);
		if (DECL_NAME(holder))
			name = std::string(IDENTIFIER_POINTER(DECL_NAME(holder))) + "." + name;
		at += position(holder);
		type = DECL_CONTEXT(holder);
		outer = TREE_OPERAND(outer, 0);
	}
	if (!name_of(type).empty())
		lines.insert(member_line("member", type, name, at, field));
}

// The member of `type` that starts at a byte: what container_of() subtracted.
static void log_container(tree type, HOST_WIDE_INT byte, tree top, std::string prefix, HOST_WIDE_INT base)
{
	for (tree field = TYPE_FIELDS(type); field; field = DECL_CHAIN(field)) {
		if (TREE_CODE(field) != FIELD_DECL || position(field) < 0)
			continue;
		HOST_WIDE_INT at = base + position(field), size = bits(DECL_SIZE(field));
		std::string name = DECL_NAME(field) ? prefix + IDENTIFIER_POINTER(DECL_NAME(field)) : "";
		if (at == byte * 8 && !name.empty()) {
			lines.insert(member_line("member", top, name, at, field));
			return;
		}
		if (at <= byte * 8 && byte * 8 < at + size && is_record(TREE_TYPE(field))) {
			log_container(TREE_TYPE(field), byte, top, name.empty() ? prefix : name + ".", at);
			return;
		}
	}
}

static tree pointed_record(tree pointer)
{
	tree type = pointer ? TREE_TYPE(pointer) : NULL_TREE;
	return type && POINTER_TYPE_P(type) && is_record(TREE_TYPE(type)) ? TREE_TYPE(type) : NULL_TREE;
}

static tree look(tree *at, int *, void *data)
{
	const walk_stmt_info *info = (const walk_stmt_info *) data;
	tree node = *at;
	blend(TREE_CODE(node));
	if (TREE_CODE(node) == COMPONENT_REF)
		log_member(node);
	else if (TREE_CODE(node) == ARRAY_REF && is_record(TREE_TYPE(node)))
		log_size(TREE_TYPE(node), "index");
	else if ((TREE_CODE(node) == FUNCTION_DECL || TREE_CODE(node) == FIELD_DECL) && DECL_NAME(node))
		blend(IDENTIFIER_POINTER(DECL_NAME(node)));
	else if (TREE_CODE(node) == INTEGER_CST && !info->info)
		blend((unsigned long) TREE_INT_CST_LOW(node));
	return NULL_TREE;
}

// Pointers made of others by a constant, by a cast, or by stepping over whole objects.
static void look_at_pointer(gimple *stmt)
{
	tree left = gimple_get_lhs(stmt), right = is_gimple_assign(stmt) ? gimple_assign_rhs1(stmt) : NULL_TREE;
	tree type = pointed_record(left);
	if (is_gimple_assign(stmt) && gimple_assign_rhs_code(stmt) == POINTER_PLUS_EXPR) {
		tree step = gimple_assign_rhs2(stmt);
		HOST_WIDE_INT by = TREE_CODE(step) == INTEGER_CST ? -(HOST_WIDE_INT) TREE_INT_CST_LOW(step) : -1;
		if (by >= 0 && by < 1 << 24)
			moved[left] = by;
		else if (type)
			log_size(type, "index");
	} else if (right && moved.count(right))
		moved[left] = moved[right];
	else if (left)
		moved.erase(left);
	if (type && moved.count(left))
		log_container(TYPE_MAIN_VARIANT(type), moved[left], TYPE_MAIN_VARIANT(type), "", 0);
	else if (type && (is_gimple_call(stmt) || (right && POINTER_TYPE_P(TREE_TYPE(right)) && VOID_TYPE_P(TREE_TYPE(TREE_TYPE(right))))))
		log_size(type, "cast");
}

static void look_at_statement(gimple_stmt_iterator *place)
{
	gimple *stmt = gsi_stmt(*place);
	if (is_gimple_debug(stmt) || gimple_code(stmt) == GIMPLE_PREDICT)
		return;
	blend(gimple_code(stmt));
	if (is_gimple_assign(stmt) || gimple_code(stmt) == GIMPLE_COND)
		blend(gimple_expr_code(stmt));
	walk_stmt_info info;
	memset(&info, 0, sizeof info);
	info.info = gimple_code(stmt) == GIMPLE_ASM ? &info : NULL;  // numbers there are lines of WARN_ON()
	walk_gimple_op(stmt, look, &info);
	look_at_pointer(stmt);
	if (gimple_assign_single_p(stmt) && is_record(TREE_TYPE(gimple_assign_lhs(stmt))))
		log_size(TREE_TYPE(gimple_assign_lhs(stmt)), "copy");
	tree callee = is_gimple_call(stmt) ? gimple_call_fndecl(stmt) : NULL_TREE;
	if (callee && DECL_NAME(callee) && (DECL_INITIAL(callee) || DECL_DECLARED_INLINE_P(callee)))
		lines.insert(std::string("call\t") + IDENTIFIER_POINTER(DECL_NAME(callee)) + "\n");
}

static unsigned look_at_function(function *fun)
{
	basic_block block;
	unsigned index;
	tree variable;
	lines.clear();
	moved.clear();
	body = 14695981039346656037UL;
	FOR_EACH_BB_FN(block, fun)
		for (gimple_stmt_iterator place = gsi_start_bb(block); !gsi_end_p(place); gsi_next(&place))
			look_at_statement(&place);
	FOR_EACH_LOCAL_DECL(fun, index, variable)
		log_size(TREE_TYPE(variable), "value");
	text += std::string("function\t") + IDENTIFIER_POINTER(DECL_NAME(fun->decl)) + "\t"
		+ (DECL_DECLARED_INLINE_P(fun->decl) ? "1" : "0") + "\t" + std::to_string(body) + "\n";
	for (const std::string &line : lines)
		text += line;
	return 0;
}

// All members of a type and of the types within it, once in a compilation.
static void lay_out(tree type, tree top, const std::string &prefix, HOST_WIDE_INT base)
{
	if (base == 0 && type == top) {
		if (!laid_out.insert(type).second || name_of(type).empty())
			return;
		text += "size\t" + name_of(type) + "\t" + number(bits(TYPE_SIZE_UNIT(type))) + own(type) + "\n";
	}
	for (tree field = TYPE_FIELDS(type); field; field = DECL_CHAIN(field)) {
		if (TREE_CODE(field) != FIELD_DECL || position(field) < 0)
			continue;
		tree inner = TYPE_MAIN_VARIANT(TREE_TYPE(field));
		std::string name = DECL_NAME(field) ? prefix + IDENTIFIER_POINTER(DECL_NAME(field)) : "";
		if (!name.empty())
			text += member_line("layout", top, name, base + position(field), field);
		if (is_record(inner) && name_of(inner).empty())
			lay_out(inner, top, name.empty() ? prefix : name + ".", base + position(field));
		else if (is_record(inner))
			lay_out(inner, inner, "", 0);
	}
}

static void look_at_variables(void *, void *)
{
	varpool_node *node;
	FOR_EACH_VARIABLE(node) {
		tree type = TREE_TYPE(node->decl);
		while (type && TREE_CODE(type) == ARRAY_TYPE)
			type = TREE_TYPE(type);
		if (DECL_EXTERNAL(node->decl) || !DECL_NAME(node->decl) || !is_record(type) || !COMPLETE_TYPE_P(type))
			continue;
		type = TYPE_MAIN_VARIANT(type);
		text += std::string("variable\t") + IDENTIFIER_POINTER(DECL_NAME(node->decl)) + "\t" + name_of(type) + "\n";
		lay_out(type, type, "", 0);
	}
}

static void write_log(void *, void *)
{
	int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0666);
	std::string whole = std::string("unit\t") + (main_input_filename ? main_input_filename : "") + "\n" + text;
	if (log < 0 || write(log, whole.data(), whole.size()) != (ssize_t) whole.size())
		warning(0, "cannot write %qs", log_path);
	if (log >= 0)
		close(log);
}

static const pass_data facts = { GIMPLE_PASS, "accesses", OPTGROUP_NONE, TV_NONE, PROP_cfg, 0, 0, 0, 0 };

struct accesses_pass : gimple_opt_pass {
	accesses_pass() : gimple_opt_pass(facts, g) {}
	unsigned int execute(function *fun) final override { return look_at_function(fun); }
};

int plugin_init(plugin_name_args *args, plugin_gcc_version *version)
{
	if (!plugin_default_version_check(version, &gcc_version))
		return 1;
	for (int i = 0; i < args->argc; i++)
		if (!strcmp(args->argv[i].key, "log"))
			log_path = args->argv[i].value;
	if (!log_path)
		return 1;
	register_pass_info place = { new accesses_pass(), "cfg", 1, PASS_POS_INSERT_AFTER };
	register_callback(args->base_name, PLUGIN_PASS_MANAGER_SETUP, NULL, &place);
	register_callback(args->base_name, PLUGIN_ALL_IPA_PASSES_START, look_at_variables, NULL);
	register_callback(args->base_name, PLUGIN_FINISH_UNIT, write_log, NULL);
	return 0;
}
