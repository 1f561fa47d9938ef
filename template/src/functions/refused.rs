//! Functions of sprig and Argo that are refused, and why.

const SURROUNDINGS: &str = "a template sees its data only, neither the environment nor the network";
const RANDOM: &str = "a template must give the same text each time it is rendered; put the value into the data";
const CRYPTO: &str = "it makes or handles keys and passwords, which belong into a Secret and not into a template";
const TPL: &str = "texts of the data are not run as templates; use define and template";

/// Why a function that users may know from elsewhere is not there.
pub(super) fn reason(name: &str) -> Option<&'static str> {
    Some(match name {
        "env" | "expandenv" | "getHostByName" => SURROUNDINGS,
        "randAlphaNum" | "randAlpha" | "randAscii" | "randNumeric" | "randBytes" | "randInt" | "shuffle" | "uuidv4" => {
            RANDOM
        }
        "bcrypt"
        | "htpasswd"
        | "genPrivateKey"
        | "derivePassword"
        | "buildCustomCert"
        | "genCA"
        | "genCAWithKey"
        | "genSelfSignedCert"
        | "genSelfSignedCertWithKey"
        | "genSignedCert"
        | "genSignedCertWithKey"
        | "encryptAES"
        | "decryptAES" => CRYPTO,
        "tpl" => TPL,
        _ => return None,
    })
}
