/* SPDX-License-Identifier: MIT */
/* Carrying out a plan under Windows: layer by layer, each read back, then the worker may run. */
#include "windows_start.h"

#include <stdlib.h>
#include <string.h>

/* windows.h has to be the first of these. */
#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

enum { HANDLE_COUNT = 3, PRIVILEGE_BYTES = 4096, SID_BYTES = 128, TICKS_PER_MS = 10000 };

static const DWORD job_limits = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_JOB_MEMORY |
                                JOB_OBJECT_LIMIT_ACTIVE_PROCESS |
                                JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;

static const DWORD ui_restrictions =
    JOB_OBJECT_UILIMIT_DESKTOP | JOB_OBJECT_UILIMIT_DISPLAYSETTINGS |
    JOB_OBJECT_UILIMIT_EXITWINDOWS | JOB_OBJECT_UILIMIT_GLOBALATOMS | JOB_OBJECT_UILIMIT_HANDLES |
    JOB_OBJECT_UILIMIT_READCLIPBOARD | JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS |
    JOB_OBJECT_UILIMIT_WRITECLIPBOARD;

/* All that a start owns until it has succeeded. */
struct start {
    const brig_windows_plan *plan;
    HANDLE handles[HANDLE_COUNT]; /* the caller's: channel, stdout, stderr */
    HANDLE job;
    HANDLE token;
    LPPROC_THREAD_ATTRIBUTE_LIST attributes;
    PROCESS_INFORMATION child;
};

/* bytes of UTF-8, NULs among them, as UTF-16. NULL: not UTF-8, or no memory. */
static WCHAR *to_utf16(const char *text, size_t bytes)
{
    int units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int)bytes, NULL, 0);
    WCHAR *wide;

    if (units <= 0)
        return NULL;
    wide = calloc((size_t)units, sizeof(*wide));
    if (wide != NULL)
        (void)MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int)bytes, wide, units);
    return wide;
}

static bool limit_job(struct start *start)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation = {.LimitFlags = job_limits,
                                  .ActiveProcessLimit = start->plan->process_count},
        .JobMemoryLimit = start->plan->memory_bytes,
    };
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION set = {0};
    const JOBOBJECT_BASIC_LIMIT_INFORMATION *basic = &set.BasicLimitInformation;

    start->job = CreateJobObjectW(NULL, NULL);
    return start->job != NULL &&
           SetInformationJobObject(start->job, JobObjectExtendedLimitInformation, &limits,
                                   sizeof(limits)) &&
           QueryInformationJobObject(start->job, JobObjectExtendedLimitInformation, &set,
                                     sizeof(set), NULL) &&
           basic->LimitFlags == job_limits &&
           basic->ActiveProcessLimit == start->plan->process_count &&
           set.JobMemoryLimit == start->plan->memory_bytes;
}

static bool restrict_desktop(struct start *start)
{
    JOBOBJECT_BASIC_UI_RESTRICTIONS limits = {ui_restrictions};
    JOBOBJECT_BASIC_UI_RESTRICTIONS set = {0};

    return SetInformationJobObject(start->job, JobObjectBasicUIRestrictions, &limits,
                                   sizeof(limits)) &&
           QueryInformationJobObject(start->job, JobObjectBasicUIRestrictions, &set, sizeof(set),
                                     NULL) &&
           set.UIRestrictionsClass == ui_restrictions;
}

/* Does the token hold no privilege but that of passing through directories? */
static bool is_powerless(HANDLE token)
{
    union {
        TOKEN_PRIVILEGES list;
        BYTE room[PRIVILEGE_BYTES];
    } held;
    DWORD bytes = 0;
    LUID passing;

    if (!GetTokenInformation(token, TokenPrivileges, &held, sizeof(held), &bytes) ||
        !LookupPrivilegeValueW(NULL, L"SeChangeNotifyPrivilege", &passing))
        return false;
    for (DWORD i = 0; i < held.list.PrivilegeCount; i++) {
        LUID has = held.list.Privileges[i].Luid;

        if (has.LowPart != passing.LowPart || has.HighPart != passing.HighPart)
            return false;
    }
    return true;
}

static bool restrict_token(struct start *start)
{
    BYTE administrators[SID_BYTES];
    DWORD bytes = sizeof(administrators);
    SID_AND_ATTRIBUTES disabled = {administrators, 0};
    HANDLE own = NULL;
    bool is_made;

    if (!CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, administrators, &bytes) ||
        !OpenProcessToken(
            GetCurrentProcess(),
            TOKEN_DUPLICATE | TOKEN_QUERY | TOKEN_ASSIGN_PRIMARY | TOKEN_ADJUST_DEFAULT, &own))
        return false;
    is_made = CreateRestrictedToken(own, DISABLE_MAX_PRIVILEGE, 1, &disabled, 0, NULL, 0, NULL,
                                    &start->token) != 0;
    (void)CloseHandle(own);
    return is_made && is_powerless(start->token);
}

/* The lowest of the levels that files and windows of others can be closed to. */
static bool lower_integrity(struct start *start)
{
    union {
        TOKEN_MANDATORY_LABEL label;
        BYTE room[SID_BYTES];
    } set;
    BYTE low[SID_BYTES];
    DWORD bytes = sizeof(low);
    TOKEN_MANDATORY_LABEL label = {.Label = {low, SE_GROUP_INTEGRITY}};

    return CreateWellKnownSid(WinLowLabelSid, NULL, low, &bytes) &&
           SetTokenInformation(start->token, TokenIntegrityLevel, &label,
                               (DWORD)sizeof(label) + GetLengthSid(low)) &&
           GetTokenInformation(start->token, TokenIntegrityLevel, &set, sizeof(set), &bytes) &&
           EqualSid(set.label.Label.Sid, low);
}

/* A process of low integrity writes only where the directory says that it may. */
static bool open_directory(const char *path)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    WCHAR *wide = to_utf16(path, strlen(path) + 1);
    BOOL is_present = FALSE;
    BOOL is_default = FALSE;
    PACL label = NULL;
    bool is_open = false;

    if (wide != NULL &&
        ConvertStringSecurityDescriptorToSecurityDescriptorW(L"S:(ML;OICI;NW;;;LW)",
                                                             SDDL_REVISION_1, &descriptor, NULL) &&
        GetSecurityDescriptorSacl(descriptor, &is_present, &label, &is_default) && is_present)
        is_open = SetNamedSecurityInfoW(wide, SE_FILE_OBJECT, LABEL_SECURITY_INFORMATION, NULL,
                                        NULL, NULL, label) == ERROR_SUCCESS;
    (void)LocalFree(descriptor);
    free(wide);
    return is_open;
}

static bool open_directories(struct start *start)
{
    return open_directory(start->plan->workspace) && open_directory(start->plan->scratch);
}

static bool list_handles(struct start *start)
{
    SIZE_T bytes = 0;
    LPPROC_THREAD_ATTRIBUTE_LIST list;

    (void)InitializeProcThreadAttributeList(NULL, 1, 0, &bytes);
    list = malloc(bytes);
    if (list == NULL || !InitializeProcThreadAttributeList(list, 1, 0, &bytes)) {
        free(list);
        return false;
    }
    start->attributes = list;
    return UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, start->handles,
                                     sizeof(start->handles), NULL, NULL) != 0;
}

/* Made, but not yet running: it has no job. */
static bool create_process(struct start *start)
{
    const brig_windows_plan *plan = start->plan;
    STARTUPINFOEXW about = {
        .StartupInfo = {.cb = sizeof(about),
                        .dwFlags = STARTF_USESTDHANDLES,
                        .hStdInput = start->handles[0],
                        .hStdOutput = start->handles[1],
                        .hStdError = start->handles[2]},
        .lpAttributeList = start->attributes,
    };
    WCHAR *program = to_utf16(plan->program, strlen(plan->program) + 1);
    WCHAR *command_line = to_utf16(plan->command_line, strlen(plan->command_line) + 1);
    WCHAR *environment = to_utf16(plan->environment, plan->environment_bytes);
    WCHAR *workspace = to_utf16(plan->workspace, strlen(plan->workspace) + 1);
    bool is_created = false;

    if (program != NULL && command_line != NULL && environment != NULL && workspace != NULL)
        is_created =
            CreateProcessAsUserW(start->token, program, command_line, NULL, NULL, TRUE,
                                 CREATE_SUSPENDED | EXTENDED_STARTUPINFO_PRESENT |
                                     CREATE_UNICODE_ENVIRONMENT | DETACHED_PROCESS |
                                     CREATE_NEW_PROCESS_GROUP,
                                 environment, workspace, &about.StartupInfo, &start->child) != 0;
    free(program);
    free(command_line);
    free(environment);
    free(workspace);
    return is_created;
}

static bool enter_job(struct start *start)
{
    BOOL is_inside = FALSE;

    return AssignProcessToJobObject(start->job, start->child.hProcess) &&
           IsProcessInJob(start->child.hProcess, start->job, &is_inside) && is_inside &&
           ResumeThread(start->child.hThread) != (DWORD)-1;
}

static const struct layer {
    const char *name;
    bool (*raise)(struct start *start);
} layers[] = {
    {"job limits", limit_job},
    {"desktop restrictions", restrict_desktop},
    {"restricted token", restrict_token},
    {"low integrity", lower_integrity},
    {"directories", open_directories},
    {"inherited handles", list_handles},
    {"process", create_process},
    {"job membership", enter_job},
};

static void close_handle(HANDLE handle)
{
    if (handle != NULL)
        (void)CloseHandle(handle);
}

brig_status brig_windows_start(const brig_windows_plan *plan, const brig_windows_ends *ends,
                               brig_windows_process *ret_process, const char **ret_layer)
{
    struct start start = {.plan = plan,
                          .handles = {ends->channel, ends->raw_stdout, ends->raw_stderr}};
    brig_status status = BRIG_OK;

    for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]) && status == BRIG_OK; i++) {
        if (!layers[i].raise(&start)) {
            *ret_layer = layers[i].name;
            status = BRIG_UNAVAILABLE;
        }
    }
    if (start.attributes != NULL)
        DeleteProcThreadAttributeList(start.attributes);
    free(start.attributes);
    close_handle(start.token);
    close_handle(start.child.hThread);
    if (status == BRIG_OK) {
        *ret_process = (brig_windows_process){start.child.hProcess, start.job};
        return BRIG_OK;
    }
    if (start.child.hProcess != NULL)
        (void)TerminateProcess(start.child.hProcess, EXIT_FAILURE);
    close_handle(start.child.hProcess);
    close_handle(start.job);
    return status;
}

brig_status brig_windows_kill(const brig_windows_process *process)
{
    return TerminateJobObject(process->job, EXIT_FAILURE) ? BRIG_OK : BRIG_SYSTEM;
}

brig_status brig_windows_process_usage(const brig_windows_process *process,
                                       brig_windows_usage *ret_usage)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION times = {0};
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION memory = {0};

    if (!QueryInformationJobObject(process->job, JobObjectBasicAccountingInformation, &times,
                                   sizeof(times), NULL) ||
        !QueryInformationJobObject(process->job, JobObjectExtendedLimitInformation, &memory,
                                   sizeof(memory), NULL))
        return BRIG_SYSTEM;
    *ret_usage = (brig_windows_usage){
        .cpu_ms = (uint64_t)(times.TotalUserTime.QuadPart + times.TotalKernelTime.QuadPart) /
                  TICKS_PER_MS,
        .memory_bytes = memory.PeakJobMemoryUsed,
        .process_count = times.ActiveProcesses,
    };
    return BRIG_OK;
}

void brig_windows_process_done(brig_windows_process *process)
{
    close_handle(process->job);
    close_handle(process->process);
    *process = (brig_windows_process){0};
}
